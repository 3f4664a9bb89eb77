"""What can be said of several recorded runs together; the command line, the pages and the report use it."""
