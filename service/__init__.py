"""Reference application: brands, items, locations and users, as somebody who uses telemetry would write them."""
