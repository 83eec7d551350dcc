"""Recordings: what endpoints answered, kept at the HTTP seam and given back later with no network.

A recording is a folder: `recording.json` says how it was made and with which models, every other file is
one call. One file per call, and not one per run, because

- a call is added by creating a file, so nothing that was recorded is ever rewritten or lost when the
  process is killed, and recording costs the same for the first call and the ten-thousandth;
- several processes can record into one folder at once;
- a difference between two recordings shows the calls that changed, by name, and nothing else.

Calls are found by content (`matching.py`), never by order, because concurrent calls reorder.
"""
