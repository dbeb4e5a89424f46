// Grafana's library imports this from a module, and gets the whole of it where the bundler follows node: its default is meant.
module.exports = require('./node_modules/react-custom-scrollbars-2/lib/index.js').default;
