"""A journal's events through the rules again: the same decisions, or the first difference.

Theory of operation
-------------------
The journal holds no code, so a replay starts where verification has ended. It
drives the real `Checkpoint` with events that are made from the entries:

- `kiosk.started` begins a run, with the rules and the trust that were in force
  and with the past that the entries before it tell, as at a real start.
- `kiosk.passage.decided` gives the code at the moment when it was taken (the
  verifier is one that says what was recorded), the readings when they were
  taken, and the faults that stood (`kiosk.core.facts`). Faults come when their
  own entries say so; what a decision says of them, or of the mode that staff
  have set, counts where such an entry was lost.
- `kiosk.passage.passed` and `annulled` give the moment when the grant was on
  disk, and what the door did from then on (`kiosk.core.door_log`).

What the checkpoint then wants recorded is held against what stands there:
outcome, reason, access point, pseudonym and slot of each decision, and what
became of each grant. Between events it is woken when it wants to be.

Entries are in the order of their numbers, their events in the order of time:
a heap puts them in order, and plays those that nothing later can come before
(`HORIZON_S`). Times are on one scale, that of the monotonic clock: wall clock
less all its recorded steps. It is exact to a millisecond, so what is due
within `TOLERANCE_S` of the next event waits for that event, as it waits in a
kiosk whose loop is as late. How much later a loop was that hung nobody has
recorded; but what its door did while a grant was open came before the grant's
end, and until the last of that nothing wakes the replay. Within a millisecond the order of the entries
counts, and how many were asked for since a passage began or between a decision
and its record. It can't be told where in that same millisecond something else
happened and one of those in between failed only after the decision itself.

Somebody who waits for an order does so no more when somebody else wants out.
Of him the journal may hold nothing: he is put there where a wait has ended
before its time.

What the entries can't tell (who was inside before the first of them) is taken
from what was recorded, and said.
"""
