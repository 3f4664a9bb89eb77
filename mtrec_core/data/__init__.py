"""Tables in, integer codes and splits out. No torch here."""
