"""Whether this process was asked to end: who works through a list finishes what is in hand, and leaves the rest."""

from threading import Event

asked = Event()
