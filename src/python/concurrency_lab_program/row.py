"""The row of one task in the shared file: which 64-bit word holds what.

Words of `STAMPS` and after: the ends of the task's steps, the timestamps within them and, for a process of its
own, what that used. Where waits for the interpreter are recorded, the last word has those at the end of sleeps. A test
of the lab compares these numbers with those by which it reads the rows.
"""

SUBMITTED = 0
STARTED = 1
FINISHED = 2
WORKER_AND_CORE = 3  # worker << 32 | core + 1 (0 = not known)
STATE = 4
WAITED = 5  # nanoseconds for which the task waited for the interpreter while it computed
STAMPS = 6
# From the first word of the payload, after the timestamps; the output is what reading it gave.
SENT = 0
READ = 1
WORKED = 2
RECEIVED = 3
OUTPUT = 4
PAYLOAD = 5  # how many words
USED = 7  # how many words at the end: the six of `usage.read`, each plus one (0 = not known), and the peak memory
