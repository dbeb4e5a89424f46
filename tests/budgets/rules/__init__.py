"""The rules do what the workbook says, seen by Prometheus' own tools."""
