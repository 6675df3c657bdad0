//! Check values as the documentation of `record` states them, computed by other code than the lab's: for tests that change
//! a stored run by SQL.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

const TABLES: [&str; 8] =
    ["format", "run", "machine", "interpreter", "calibration", "point", "contender", "listed_task"];
const BLOCKS: [(&str, &str); 3] = [
    ("span_crc", "SELECT first_task, tasks, data FROM span_block WHERE trial = ?1 ORDER BY first_task"),
    ("heartbeat_crc", "SELECT first_beat, beats, data FROM heartbeat_block WHERE trial = ?1 ORDER BY first_beat"),
    ("cpu_crc", "SELECT first_sample, samples, data FROM cpu_block WHERE trial = ?1 ORDER BY first_sample"),
];

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn part(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}

fn head(name: &str, count: u64) -> Vec<u8> {
    let mut out = Vec::new();
    part(&mut out, name.as_bytes());
    out.extend(count.to_le_bytes());
    out
}

fn fields(row: &rusqlite::Row<'_>, out: &mut Vec<u8>) {
    let names = row.as_ref().column_names();
    let mut names: Vec<(&str, usize)> = names.enumerate().map(|(at, name)| (name, at)).collect();
    names.sort_unstable();
    for (name, at) in names.into_iter().filter(|(name, _)| *name != "crc") {
        let value = row.get_ref(at).expect("a value");
        if value != ValueRef::Null {
            part(out, name.as_bytes());
        }
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(number) if number.unsigned_abs() > 1 << 53 => {
                out.push(b'i');
                out.extend(number.to_le_bytes());
            }
            ValueRef::Integer(number) => {
                out.push(b'n');
                out.extend((number as f64).to_le_bytes());
            }
            ValueRef::Real(number) => {
                out.push(b'n');
                out.extend(number.to_le_bytes());
            }
            ValueRef::Text(text) => {
                out.push(b't');
                part(out, text);
            }
            ValueRef::Blob(blob) => {
                out.push(b'b');
                part(out, blob);
            }
        }
    }
}

fn number(row: &rusqlite::Row<'_>, at: usize) -> u64 {
    row.get::<_, i64>(at).map_or(0, |number| number as u64)
}

/// Seals a run that was changed. A table that is not there any more stays unsealed.
pub fn seal_again(connection: &Connection) -> rusqlite::Result<()> {
    let store = |name: &str, rows: u64, bytes: &[u8]| {
        connection.execute("DELETE FROM seal WHERE part = ?1", [name])?;
        let crc = crc(bytes);
        connection.execute("INSERT INTO seal VALUES (?1, ?2, ?3)", (name, rows as i64, crc))
    };
    for table in TABLES {
        let Ok(mut statement) = connection.prepare(&format!("SELECT * FROM {table} ORDER BY rowid")) else { continue };
        let mut out = head(table, 0);
        let mut count = 0;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            count += 1;
            out.push(b'r');
            fields(row, &mut out);
        }
        store(table, count, &out)?;
    }
    let ids = connection
        .prepare("SELECT id FROM trial")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    for id in &ids {
        for (column, blocks) in BLOCKS {
            let Ok(mut statement) = connection.prepare(blocks) else { continue };
            let mut out = Vec::new();
            let mut rows = statement.query([id])?;
            while let Some(row) = rows.next()? {
                out.extend(number(row, 0).to_le_bytes());
                out.extend(number(row, 1).to_le_bytes());
                part(&mut out, row.get_ref(2)?.as_bytes().unwrap_or_default());
            }
            connection.execute(&format!("UPDATE trial SET {column} = ?1 WHERE id = ?2"), (crc(&out), id))?;
        }
        let mut out = head("trial", 1);
        connection.query_row("SELECT * FROM trial WHERE id = ?1", [id], |row| {
            fields(row, &mut out);
            Ok(())
        })?;
        connection.execute("UPDATE trial SET crc = ?1 WHERE id = ?2", (crc(&out), id))?;
    }
    let measured: i64 = connection.query_row("SELECT count(*) FROM trial WHERE round > 0", [], |row| row.get(0))?;
    for (name, count) in [("trial", ids.len() as u64), ("measured", measured as u64)] {
        store(name, count, &head(name, count))?;
    }
    Ok(())
}
