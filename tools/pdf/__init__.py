"""PDF files read into headed sections, in a process of their own. `tools.pdf.sandbox` is the way in."""
