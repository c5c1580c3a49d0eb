"""The records of the flow: standard library only, no Django, no file, no clock."""
