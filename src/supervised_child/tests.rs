//! Children that talk, end early, hold pipes open or do not read.

use std::io::BufRead as _;

use super::*;

const SUPERVISION: Supervision = Supervision { name: "test", stderr_bytes: 16 };

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn line(input: &mut BufReader<ChildStdout>) -> Decoded<String> {
    let mut line = String::new();
    match input.read_line(&mut line) {
        Ok(1..) if line == "last\n" => Decoded::Last(line),
        Ok(1..) => Decoded::Message(line),
        _ => Decoded::End,
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn exit(waited: &Waited) -> Option<i32> {
    match waited {
        Waited::Exited(exit) => exit.as_ref().map(|exit| exit.number),
        Waited::StillRunning => None,
    }
}

#[test]
fn messages_arrive_up_to_the_last_and_the_tail_of_stderr_is_kept() {
    // In one write: a later one would meet a closed pipe.
    let script = "printf 'one\nlast\nnever\n'; printf 'a long first line\n why \n\n' >&2; exit 3";
    for leads_a_tree in [true, false] {
        let child = if leads_a_tree {
            SupervisedChild::spawn_tree(&mut sh(script), SUPERVISION, line)
        } else {
            SupervisedChild::spawn_member(&mut sh(script), SUPERVISION, line)
        };
        let mut child = child.expect("sh");
        assert_eq!(child.recv(soon(), &never()).as_deref(), Ok("one\n"));
        assert_eq!(child.recv(soon(), &never()).as_deref(), Ok("last\n"));
        assert_eq!(child.recv(soon(), &never()), Err(RecvError::Gone));
        assert_eq!(exit(&child.wait_within(Duration::from_secs(20))), Some(3));
        assert_eq!(child.last_words().as_deref(), Some("why"));
        assert!(child.stderr().len() <= SUPERVISION.stderr_bytes, "{}", child.stderr());
    }
}

#[test]
fn a_member_has_exited_although_its_child_holds_the_pipes() {
    let script = "sleep 1000 & echo $!; echo reason >&2; exit 4";
    let mut child = SupervisedChild::spawn_member(&mut sh(script), SUPERVISION, line).expect("sh");
    let id = child.recv(soon(), &never()).expect("the id of its child");
    assert_eq!(child.recv(soon(), &never()), Err(RecvError::Gone));
    assert_eq!(exit(&child.wait_within(Duration::ZERO)), Some(4));
    assert_eq!(child.last_words().as_deref(), Some("reason"), "read although the pipe is open");
    Command::new("kill").arg(id.trim()).status().expect("kill");
}

#[test]
fn a_tree_that_does_not_end_is_killed() {
    let mut child = SupervisedChild::spawn_tree(&mut sh("exec >&-; sleep 1000"), SUPERVISION, line).expect("sh");
    assert_eq!(child.recv(soon(), &never()), Err(RecvError::Gone));
    assert_eq!(child.wait_within(Duration::from_millis(50)), Waited::StillRunning);
    assert_eq!(exit(&child.wait_within(Duration::ZERO)), Some(9), "it was killed");
}

#[test]
fn a_deadline_and_a_cancel_end_the_wait() {
    let script = "echo $$; exec >&-; exec sleep 1000";
    let mut child = SupervisedChild::spawn_member(&mut sh(script), SUPERVISION, line).expect("sh");
    let id = child.recv(soon(), &never()).expect("its id");
    assert_eq!(child.recv(Instant::now() + Duration::from_millis(30), &never()), Err(RecvError::TimedOut));
    let (cancel, cancelled) = bounded(1);
    cancel.send(()).expect("room");
    assert_eq!(child.recv(soon(), &cancelled), Err(RecvError::Cancelled));
    assert_eq!(child.wait_within(Duration::ZERO), Waited::StillRunning);
    Command::new("kill").args(["-KILL", id.trim()]).status().expect("kill");
    assert_eq!(exit(&child.wait_within(Duration::from_secs(20))), Some(9));
}

#[test]
fn a_child_that_does_not_read_blocks_nobody_and_one_that_reads_gets_it_all() {
    let mut deaf = SupervisedChild::spawn_tree(&mut sh("exec sleep 1000"), SUPERVISION, line).expect("sh");
    deaf.write_and_close_stdin(vec![b'x'; 1 << 20]).expect("a thread");
    let mut counting = SupervisedChild::spawn_tree(&mut sh("wc -c"), SUPERVISION, line).expect("sh");
    counting.write_and_close_stdin(vec![b'x'; 1 << 20]).expect("a thread");
    assert_eq!(counting.recv(soon(), &never()).expect("a number").trim(), "1048576");
}

#[test]
fn a_program_that_is_not_there_is_no_process() {
    let error = SupervisedChild::spawn_tree(&mut Command::new("/no/such/program"), SUPERVISION, line).err();
    assert!(matches!(error, Some(SpawnError::Process(_))), "{error:?}");
}
