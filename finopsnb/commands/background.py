"""Commands about what is clicked and what runs in the background: the panel, and jobs."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import NOTEBOOK, Result, argument, command

if TYPE_CHECKING:
    from finopsnb.verbs.jobs import Job

__all__ = ["told_job"]


@command(
    "panel",
    "plugins, their settings, runs, data and hooks by clicking",
    argument("tab", nargs="?", metavar="TAB", completes="tabs", help="plugins, config, runs, data or hooks"),
    group="session",
    examples=("panel", "panel config"),
    faces=(NOTEBOOK,),
)
def panel(state: State, arguments: Namespace) -> Result:
    return Result(state.session.panel(arguments.tab))


@command(
    "jobs",
    "what runs in the background and what ended lately; or wait for one, or cancel it",
    argument("--wait", type=int, metavar="JOB", completes="jobs", help="until it has ended; gives what it collected"),
    argument("--cancel", type=int, metavar="JOB", completes="jobs", help="stop it; nothing of it is stored"),
    group="work",
    examples=("jobs", "jobs --wait 1", "jobs --cancel 1"),
    faces=(NOTEBOOK,),
    notes="Ctrl-C (or Interrupt) ends the waiting; the job goes on.",
    frame=True,
)
def jobs(state: State, arguments: Namespace) -> Result:
    session = state.session
    if arguments.cancel is not None:
        job = session.job(arguments.cancel)
        said = f"job {job.number} has ended already: {job.state}" if job.is_over else f"job {job.number} is asked to stop"
        job.cancel()
        return Result(session.jobs(), said)
    if arguments.wait is not None:
        job = session.job(arguments.wait)
        return Result(job.wait(), told_job(job))
    frame = session.jobs()
    return Result(frame, count(len(frame), "job"))


def told_job(job: Job) -> str:
    """A job in a line, and how to go on with it."""
    number, row = job.number, job.as_row()
    counts = f"{count(row['rows'], 'row')} in {count(row['batches'], 'batch', 'batches')}, {row['seconds']:.1f} s"
    told = f"job {number}: {visible(row['what'])}, {row['state']}, {counts}"
    return told if job.is_over else f"{told}; %finops jobs --wait {number}, or --cancel {number}"
