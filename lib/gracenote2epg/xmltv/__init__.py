"""The guide as XMLTV: which words to use, and how to write them."""
