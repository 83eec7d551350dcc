"""PDF files read into headed sections, in a process of their own. `tools.pdf.process` is the way in."""
