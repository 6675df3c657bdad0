//! The bare programs of the models that consist of processes.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use super::task::{panicked, task, timed};
use crate::protocol::{BARE_ARGUMENT, BareRequest, NO_OP_ARGUMENT};

/// Worker processes, each fed by a thread with one task in flight.
pub(super) fn pool(tasks: u32, units: u64, workers: usize) -> io::Result<u64> {
    let program = std::env::current_exe()?;
    let request = serde_json::to_string(&BareRequest::Worker { units })?;
    let next = Arc::new(AtomicU32::new(0));
    let (done, all_done) = mpsc::channel();
    let ready = Arc::new(Barrier::new(workers + 1));
    let mut children = Vec::with_capacity(workers);
    for _ in 0..workers {
        let mut command = Command::new(&program);
        command.args([BARE_ARGUMENT, &request]).stdin(Stdio::piped()).stdout(Stdio::piped());
        children.push(command.spawn()?);
    }
    let mut feeders = Vec::with_capacity(workers);
    for child in children {
        let (next, done, ready) = (Arc::clone(&next), done.clone(), Arc::clone(&ready));
        feeders.push(thread::Builder::new().spawn(move || {
            let fed = feed(child, tasks, &next, &ready, &done);
            if fed.is_err() {
                // The receiver is in the function that joins this thread.
                let _ = done.send(());
            }
            fed
        })?);
    }
    ready.wait();
    let wall = timed(|| (0..workers).try_for_each(|_| all_done.recv().map_err(io::Error::other)))?;
    feeders.into_iter().try_for_each(|feeder| feeder.join().map_err(panicked)?)?;
    Ok(wall)
}

/// Feeds one worker, then waits for its end.
fn feed(mut child: Child, tasks: u32, next: &AtomicU32, ready: &Barrier, done: &mpsc::Sender<()>) -> io::Result<()> {
    let pipes = child.stdin.take().zip(child.stdout.take());
    let mut reply = [0; 8];
    let first = match pipes {
        Some((mut stdin, mut stdout)) => {
            let first = stdin.write_all(&0_u32.to_le_bytes()).and_then(|()| stdout.read_exact(&mut reply));
            first.map(|()| (stdin, stdout))
        }
        None => Err(io::Error::other("a worker has no pipes")),
    };
    // Also after an error: all others wait here.
    ready.wait();
    let (mut stdin, mut stdout) = first?;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= tasks {
            break;
        }
        stdin.write_all(&index.to_le_bytes())?;
        stdout.read_exact(&mut reply)?;
    }
    // The receiver is in the function that joins this thread.
    let _ = done.send(());
    drop(stdin);
    child.wait().map(drop)
}

/// Serves the tasks of a pool until its stdin closes.
pub(super) fn worker(units: u64) -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut request = [0; 4];
    while input.read_exact(&mut request).is_ok() {
        let state = task(u32::from_le_bytes(request), units);
        output.write_all(&state.to_le_bytes())?;
        output.flush()?;
    }
    Ok(())
}

/// One process per task, all started at once.
pub(super) fn one_per_task(tasks: u32, units: u64) -> io::Result<u64> {
    let program = std::env::current_exe()?;
    let units = units.to_string();
    timed(|| {
        let mut children = Vec::with_capacity(tasks as usize);
        for _ in 0..tasks {
            children.push(Command::new(&program).args([NO_OP_ARGUMENT, &units]).stdout(Stdio::null()).spawn()?);
        }
        children.iter_mut().try_for_each(|child| child.wait().map(drop))
    })
}
