"""An application with a route for each way in which people send statements; tests know what each one sends."""
