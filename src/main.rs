//! The executable: dispatch before any window is made.

use std::env;
use std::process::ExitCode;

use concurrency_lab::{cli, process_tree, protocol, runner};

fn main() -> ExitCode {
    process_tree::reset_signals();
    // Before anything else: a task of the `processes` model pays for every line above its own.
    let mut arguments = env::args_os().skip(1);
    if let Some(first) = arguments.next() {
        if first == protocol::TASK_ARGUMENT {
            return ExitCode::from(runner::run_task(&env::var(protocol::TASK_VARIABLE).unwrap_or_default()));
        }
        if first == protocol::WATCH_ARGUMENT {
            let runner = arguments.next().and_then(|runner| runner.to_str()?.parse().ok());
            return ExitCode::from(runner::run_guard(runner, arguments.next().as_deref()));
        }
        if first == protocol::NO_OP_ARGUMENT {
            let units = arguments.next().and_then(|units| units.to_str()?.parse().ok());
            return ExitCode::from(runner::run_no_op(units.unwrap_or(0)));
        }
        if first == protocol::WORKER_ARGUMENT {
            return ExitCode::from(runner::run_worker());
        }
        if first == protocol::SERVER_ARGUMENT {
            return ExitCode::from(runner::run_server());
        }
        if first == protocol::BARE_ARGUMENT {
            return ExitCode::from(runner::run_bare(arguments.next().as_deref()));
        }
        if first == protocol::RUNNER_ARGUMENT {
            return ExitCode::from(runner::run());
        }
    }
    cli::main()
}
