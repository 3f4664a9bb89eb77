"""The verbs of the command line. No torch here before a command needs it."""
