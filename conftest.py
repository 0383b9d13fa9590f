"""For every test run: notebooks are run strictly, Ctrl-C is heard, and what is not ours to collect is left alone."""

import gc
import signal

pytest_plugins = ["tests.sharing_out", "tests.strict_notebooks"]

collect_ignore = ["setup.py"]

# a run that a shell put into the background was told to ignore Ctrl-C; the tests that press it, and the kernels and
# processes that they start, want it heard
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# expressions and charts are trees of very many small objects, which live as long as their test: looking for garbage
# less often saves more than a tenth of the time
gc.set_threshold(50_000, 20, 20)
