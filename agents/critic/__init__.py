"""The critic of any text: code checks what code can tell, judges score the rest by criteria made for the request."""
