"""The command line, and the XMLTV grabber."""
