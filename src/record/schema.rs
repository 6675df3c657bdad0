//! The tables of a stored run, and the check that a file has these and nothing else.

use rusqlite::{Connection, OptionalExtension as _};

use super::error::Problem;
use super::seal;
use super::version::{APPLICATION_ID, FormatVersion};

/// Columns that a minor version added to a table, always after the others.
const ADDED: [(FormatVersion, &str, &str); 28] = [
    (FormatVersion { major: 1, minor: 1 }, "trial", ",\n  background_throttled_nanos INTEGER"),
    (FormatVersion { major: 1, minor: 2 }, "machine", ",\n  cpus_one_per_core INTEGER"),
    (FormatVersion { major: 1, minor: 2 }, "machine", ",\n  performance_cpus INTEGER"),
    (FormatVersion { major: 1, minor: 2 }, "contender", ",\n  label TEXT"),
    (FormatVersion { major: 1, minor: 2 }, "interpreter", ",\n  packages TEXT"),
    (FormatVersion { major: 1, minor: 3 }, "run", ",\n  code TEXT"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  results TEXT"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  handovers INTEGER"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  transfer_input_nanos INTEGER"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  transfer_output_nanos INTEGER"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  transfer_task_nanos INTEGER"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  worker_count INTEGER"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  worker_tasks_fewest INTEGER"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  worker_tasks_most INTEGER"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  classes TEXT"),
    (FormatVersion { major: 1, minor: 3 }, "trial", ",\n  class_of_span BLOB"),
    (FormatVersion { major: 1, minor: 4 }, "trial", ",\n  scheduler TEXT"),
    (FormatVersion { major: 1, minor: 4 }, "trial", ",\n  scheduler_same_clock INTEGER"),
    (FormatVersion { major: 1, minor: 4 }, "run", ",\n  headline_lab TEXT"),
    (FormatVersion { major: 1, minor: 4 }, "trial", ",\n  phase_sums TEXT"),
    (FormatVersion { major: 1, minor: 4 }, "trial", ",\n  gil_wait_asleep_nanos INTEGER"),
    (FormatVersion { major: 1, minor: 5 }, "trial", ",\n  span_crc INTEGER"),
    (FormatVersion { major: 1, minor: 5 }, "trial", ",\n  heartbeat_crc INTEGER"),
    (FormatVersion { major: 1, minor: 5 }, "trial", ",\n  cpu_crc INTEGER"),
    (FormatVersion { major: 1, minor: 5 }, "trial", ",\n  crc INTEGER"),
    (FormatVersion { major: 1, minor: 6 }, "trial", ",\n  left_processes INTEGER"),
    (FormatVersion { major: 1, minor: 6 }, "interpreter", ",\n  passed_over INTEGER"),
    (FormatVersion::FIRST_WITH_NOTES, "run", ",\n  note TEXT"),
];

/// Tables that a minor version added.
const ADDED_TABLES: [(FormatVersion, &str); 1] = [(FormatVersion::FIRST_SEALED, "seal")];

/// Name and definition of every table in the current version, as SQLite keeps it.
pub(super) const TABLES: [(&str, &str); 13] = [
    ("format", "CREATE TABLE format (major INTEGER NOT NULL, minor INTEGER NOT NULL, lab_version TEXT NOT NULL)"),
    (
        "run",
        "CREATE TABLE run (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  started_at TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  failure TEXT,
  headline TEXT,
  pinned INTEGER NOT NULL,
  rounds INTEGER,
  experiment_id TEXT NOT NULL,
  experiment TEXT NOT NULL,
  first_python TEXT,
  models_by_default INTEGER NOT NULL,
  code TEXT,
  headline_lab TEXT,
  note TEXT
)",
    ),
    (
        "machine",
        "CREATE TABLE machine (
  lab_version TEXT NOT NULL,
  debug_build INTEGER NOT NULL,
  os TEXT NOT NULL,
  kernel TEXT,
  arch TEXT NOT NULL,
  cpu TEXT,
  logical_cpus INTEGER NOT NULL,
  online_cpus INTEGER,
  physical_cores INTEGER,
  memory_bytes INTEGER,
  last_level_cache_bytes INTEGER,
  cpu_quota REAL,
  governor TEXT,
  clock_source TEXT,
  span_clock TEXT NOT NULL,
  virtual_machine INTEGER,
  load_average REAL,
  on_battery INTEGER,
  max_map_count INTEGER,
  max_user_processes INTEGER,
  threads_max INTEGER,
  pid_max INTEGER,
  cgroup_pids_max INTEGER,
  max_open_files INTEGER,
  cgroup_memory_max INTEGER,
  cpus_one_per_core INTEGER,
  performance_cpus INTEGER
)",
    ),
    (
        "interpreter",
        "CREATE TABLE interpreter (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  found TEXT NOT NULL,
  reason TEXT,
  may_be_confirmed INTEGER,
  tag TEXT,
  version TEXT,
  series_major INTEGER,
  series_minor INTEGER,
  build TEXT,
  prefix TEXT,
  virtual_environment INTEGER,
  free_threaded INTEGER,
  gil INTEGER,
  sub_interpreters INTEGER,
  trio TEXT,
  gevent TEXT,
  start_methods TEXT,
  missing TEXT,
  packages TEXT,
  passed_over INTEGER
)",
    ),
    (
        "calibration",
        "CREATE TABLE calibration (
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  python_tag TEXT,
  kernel TEXT NOT NULL,
  nanos_per_unit REAL NOT NULL,
  wall_over_cpu REAL NOT NULL
)",
    ),
    ("point", "CREATE TABLE point (id INTEGER PRIMARY KEY, sweep_key TEXT, sweep_value TEXT)"),
    (
        "contender",
        "CREATE TABLE contender (
  id INTEGER PRIMARY KEY,
  model TEXT NOT NULL,
  title TEXT NOT NULL,
  host TEXT NOT NULL,
  settings TEXT,
  is_reference INTEGER NOT NULL,
  label TEXT
)",
    ),
    (
        "listed_task",
        "CREATE TABLE listed_task (task INTEGER PRIMARY KEY, name TEXT NOT NULL, compute_ms REAL NOT NULL, wait_ms REAL NOT NULL)",
    ),
    (
        "trial",
        "CREATE TABLE trial (
  id INTEGER PRIMARY KEY,
  point INTEGER NOT NULL,
  contender INTEGER NOT NULL,
  model TEXT NOT NULL,
  round INTEGER NOT NULL,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  failure TEXT,
  started_at TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  setup_nanos INTEGER,
  wall_nanos INTEGER,
  teardown_nanos INTEGER,
  workers INTEGER,
  user_nanos INTEGER,
  system_nanos INTEGER,
  voluntary_switches INTEGER,
  involuntary_switches INTEGER,
  storage_read_bytes INTEGER,
  storage_written_bytes INTEGER,
  peak_memory_bytes INTEGER,
  pss_bytes INTEGER,
  record_bytes INTEGER,
  stamp_nanos REAL,
  first_stamp_nanos REAL,
  checksum TEXT,
  passes INTEGER,
  span_clock TEXT,
  file_system TEXT,
  server_cpu_nanos INTEGER,
  server_requests INTEGER,
  server_most_connections INTEGER,
  expected_updates INTEGER,
  got_updates INTEGER,
  python_version TEXT,
  gil INTEGER,
  start_method TEXT,
  gil_wait_error_nanos INTEGER,
  background_wall_nanos INTEGER,
  background_cpus INTEGER,
  background_busy_nanos INTEGER,
  background_tree_nanos INTEGER,
  background_lab_nanos INTEGER,
  background_steal_nanos INTEGER,
  background_throttled INTEGER,
  tasks INTEGER,
  steps TEXT,
  step_ends INTEGER,
  inner_stamps INTEGER,
  gil_waits INTEGER,
  heartbeats INTEGER,
  peak_in_flight INTEGER,
  lock_wait_nanos INTEGER,
  gil_wait_nanos INTEGER,
  late_nanos_median INTEGER,
  late_nanos_p95 INTEGER,
  late_nanos_p99 INTEGER,
  late_nanos_worst INTEGER,
  step_nanos TEXT,
  core_busy_nanos TEXT,
  queue_histogram BLOB,
  latency_histogram BLOB,
  background_throttled_nanos INTEGER,
  results TEXT,
  handovers INTEGER,
  transfer_input_nanos INTEGER,
  transfer_output_nanos INTEGER,
  transfer_task_nanos INTEGER,
  worker_count INTEGER,
  worker_tasks_fewest INTEGER,
  worker_tasks_most INTEGER,
  classes TEXT,
  class_of_span BLOB,
  scheduler TEXT,
  scheduler_same_clock INTEGER,
  phase_sums TEXT,
  gil_wait_asleep_nanos INTEGER,
  span_crc INTEGER,
  heartbeat_crc INTEGER,
  cpu_crc INTEGER,
  crc INTEGER,
  left_processes INTEGER
)",
    ),
    (
        "span_block",
        "CREATE TABLE span_block (id INTEGER PRIMARY KEY, trial INTEGER NOT NULL, first_task INTEGER NOT NULL, tasks INTEGER NOT NULL, data BLOB NOT NULL)",
    ),
    (
        "heartbeat_block",
        "CREATE TABLE heartbeat_block (id INTEGER PRIMARY KEY, trial INTEGER NOT NULL, first_beat INTEGER NOT NULL, beats INTEGER NOT NULL, data BLOB NOT NULL)",
    ),
    (
        "cpu_block",
        "CREATE TABLE cpu_block (id INTEGER PRIMARY KEY, trial INTEGER NOT NULL, first_sample INTEGER NOT NULL, samples INTEGER NOT NULL, data BLOB NOT NULL)",
    ),
    ("seal", "CREATE TABLE seal (part TEXT NOT NULL, rows INTEGER NOT NULL, crc INTEGER NOT NULL)"),
];

/// Name and definition of every index.
pub(super) const INDEXES: [(&str, &str); 3] = [
    ("span_block_trial", "CREATE INDEX span_block_trial ON span_block (trial)"),
    ("heartbeat_block_trial", "CREATE INDEX heartbeat_block_trial ON heartbeat_block (trial)"),
    ("cpu_block_trial", "CREATE INDEX cpu_block_trial ON cpu_block (trial)"),
];

/// Stores the headline of the verdict, with the version of the lab that made it.
pub(super) fn set_headline(connection: &Connection, headline: &str) -> Result<(), Problem> {
    let set = "UPDATE run SET headline = ?1, headline_lab = ?2";
    let transaction = super::connect::change(connection)?;
    seal::change(&transaction, "run", || {
        transaction.execute(set, [crate::printable::without_home(headline).as_ref(), env!("CARGO_PKG_VERSION")])?;
        Ok(())
    })?;
    transaction.commit()?;
    Ok(())
}

/// Creates all tables in an empty database.
pub(super) fn create(connection: &Connection) -> Result<(), Problem> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", FormatVersion::CURRENT.user_version())?;
    for (_, sql) in TABLES.iter().chain(&INDEXES) {
        connection.execute(sql, [])?;
    }
    let version = FormatVersion::CURRENT;
    connection
        .execute("INSERT INTO format VALUES (?1, ?2, ?3)", (version.major, version.minor, env!("CARGO_PKG_VERSION")))?;
    Ok(())
}

/// Checks that a database is a stored run in a format that can be read, and has no objects that a run does not have.
pub(super) fn check(connection: &Connection) -> Result<FormatVersion, Problem> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    if number("application_id")? != APPLICATION_ID {
        return Err(Problem::NotARun);
    }
    let version = FormatVersion::from_user_version(number("user_version")?).ok_or(Problem::NotARun)?;
    // The version is refused first: a newer file may have any tables.
    if version.major > FormatVersion::CURRENT.major {
        version.check_readable(writer(connection))?;
    }
    check_objects(connection, version)?;
    Ok(version)
}

/// The version of the lab that wrote a newer file. Every format keeps the table `format` for this.
fn writer(connection: &Connection) -> Option<String> {
    let is_table = "SELECT 1 FROM sqlite_schema WHERE name = 'format' AND type = 'table'";
    connection.query_row(is_table, [], |_| Ok(())).optional().ok()??;
    connection.query_row("SELECT lab_version FROM format", [], |row| row.get(0)).ok()
}

fn check_objects(connection: &Connection, version: FormatVersion) -> Result<(), Problem> {
    let mut statement = connection.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    let mut seen: Vec<&str> = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let known = |list: &'static [(&str, &str)]| list.iter().find(|(known, _)| *known == name);
        let kind = match kind.as_str() {
            "table" => match known(&TABLES) {
                Some((known, _)) if is_later(version, known) => "a table",
                Some((known, definition)) if is_table_of(version, known, definition, &sql) => {
                    seen.push(known);
                    continue;
                }
                Some((known, _)) => return Err(Problem::MissingTable(known)),
                // ANALYZE leaves it; nothing reads it here.
                None if name == "sqlite_stat1" || name == "sqlite_stat4" => continue,
                // A newer minor version may have more. What is no plain table has another definition.
                None if version > FormatVersion::CURRENT && is_plain(&sql) => continue,
                None if is_plain(&sql) => "a table",
                None => "a virtual table",
            },
            "index" => match known(&INDEXES) {
                Some((_, definition)) if sql == *definition => continue,
                _ if version > FormatVersion::CURRENT && sql.starts_with("CREATE INDEX") => continue,
                _ => "an index",
            },
            "view" => "a view",
            "trigger" => "a trigger",
            _ => "an object",
        };
        return Err(Problem::UnexpectedObject { kind, name });
    }
    match TABLES.iter().find(|(name, _)| !seen.contains(name) && !is_later(version, name)) {
        Some((missing, _)) => Err(Problem::MissingTable(missing)),
        None => Ok(()),
    }
}

/// True for a table that a later version than this one added.
fn is_later(version: FormatVersion, name: &str) -> bool {
    ADDED_TABLES.iter().any(|(since, table)| *table == name && *since > version)
}

/// True for the definition of a table in a version: in an older one without the columns that were added later, in a newer
/// one with more columns of a plain type.
fn is_table_of(version: FormatVersion, name: &str, definition: &str, sql: &str) -> bool {
    let later = ADDED.iter().filter(|(since, table, _)| *table == name && *since > version);
    let expected = later.fold(definition.to_owned(), |sql, (_, _, column)| sql.replace(column, ""));
    sql == expected || version > FormatVersion::CURRENT && has_more_columns(sql, &expected)
}

fn has_more_columns(sql: &str, definition: &str) -> bool {
    const BETWEEN: &str = ",\n  ";
    let added = sql.strip_suffix("\n)").zip(definition.strip_suffix("\n)"));
    let Some(added) = added.and_then(|(sql, known)| sql.strip_prefix(known)?.strip_prefix(BETWEEN)) else {
        return false;
    };
    added.split(BETWEEN).all(|column| {
        let plain =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let (name, kind) = column.split_once(' ').unwrap_or_default();
        !name.is_empty() && plain(name) && ["INTEGER", "REAL", "TEXT", "BLOB"].contains(&kind)
    })
}

fn is_plain(sql: &str) -> bool {
    sql.get(..13).is_some_and(|start| start.eq_ignore_ascii_case("CREATE TABLE "))
}
