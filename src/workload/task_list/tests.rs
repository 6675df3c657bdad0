//! Task lists as people and spreadsheets write them.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Vec<ListedTask>, String> {
    parse(text.as_bytes().to_vec(), "list.csv").map_err(|error| error.to_string())
}

fn task(name: &str, compute_ms: f64, wait_ms: f64) -> ListedTask {
    ListedTask { name: name.into(), compute_ms, wait_ms }
}

#[test]
fn a_list_is_read_by_the_names_of_its_columns() {
    let list = read("\u{feff}wait_ms,name,compute_ms\r\n2000, A ,0\r\n3000,\"B, the second\",1.5\r\n");
    assert_eq!(list, Ok(vec![task("A", 0.0, 2000.0), task("B, the second", 1.5, 3000.0)]));
}

#[test]
fn what_spreadsheets_write_is_read() {
    let wanted = Ok(vec![task("Müller", 1.5, 0.0), task("B", 0.25, 1234.0)]);
    let semicolons = "name;compute_ms;wait_ms\r\nMüller;1,5;0\r\nB;0,25;1234\r\n";
    assert_eq!(read(semicolons), wanted);
    assert_eq!(read(&format!("\u{feff}{semicolons}")), wanted);
    assert_eq!(read(&format!("sep=;\r\n{semicolons}")), wanted);
    assert_eq!(read(&semicolons.replace(';', "\t")), wanted);
    assert_eq!(read(&format!("SEP=\t\r\n{}", semicolons.replace(';', "\t"))), wanted);
    assert_eq!(read(&semicolons.replace("1,5", "1.5").replace("0,25", "0.25")), wanted);
    assert_eq!(read(&format!("{semicolons};;\r\n\r\n  \r\n")), wanted);
    assert_eq!(read("sep=,\nname,compute_ms,wait_ms\nA,1.5,2\n"), Ok(vec![task("A", 1.5, 2.0)]));
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        let utf16: Vec<u8> = format!("\u{feff}{semicolons}").encode_utf16().flat_map(unit).collect();
        assert_eq!(parse(utf16, "list.csv"), wanted.clone().map_err(|message| TaskListError { message }));
    }
}

#[test]
fn mistakes_name_line_value_and_what_is_allowed() {
    const HEADER: &str = "must be: name,compute_ms,wait_ms (this file has: ";
    let cases: &[(&str, &[&str])] = &[
        ("", &["list.csv:1: Line 1", HEADER, "nothing"]),
        ("name,wait_ms\n", &["list.csv:1: Line 1", HEADER, "name,wait_ms)"]),
        ("task;cpu;io\nA;1;2\n", &["list.csv:1: Line 1", HEADER, "task;cpu;io)"]),
        ("\n\ntask;cpu;io\n", &["list.csv:3: Line 3", HEADER, "task;cpu;io)"]),
        ("sep=;\ntask;cpu;io\n", &["list.csv:2: Line 2", HEADER, "task;cpu;io)"]),
        ("name,compute_ms,wait_ms,colour\n", &[HEADER, "name,compute_ms,wait_ms,colour)"]),
        ("Name,compute_ms,Wait_MS\nA,1,2\n", &[HEADER, "Name,compute_ms", "write name in lower case"]),
        ("Name;compute_ms;wait_ms\nA;1;2\n", &[HEADER, "write name in lower case"]),
        ("name,compute_ms,wait_ms,\nA,1,2,\n", &[HEADER, "wait_ms,)", "empty column", "commas"]),
        ("name;compute_ms;wait_ms;\nA;1;2;\n", &[HEADER, "wait_ms;)", "empty column", "semicolons"]),
        ("name|compute_ms|wait_ms\nA|1|2\n", &[HEADER, "separated by a comma, a semicolon or a tab"]),
        ("name,compute_ms,wait_ms,name\nA,1,2,B\n", &[HEADER, "name is there twice"]),
        ("name,wait_ms,compute_ms,wait_ms\nA,1,2,3\n", &["wait_ms is there twice"]),
        ("name,compute_ms,wait_ms\n", &["list.csv:2", "at least one"]),
        ("name,compute_ms,wait_ms\nA,1,2\nB,x,2\n", &["list.csv:3", "compute_ms", "\"x\"", "0 to 3600000"]),
        ("name,compute_ms,wait_ms\r\nA,1,2\r\nB,x,2\r\n", &["list.csv:3"]),
        ("name,compute_ms,wait_ms\rA,1,2\rB,x,2\r", &["list.csv:3"]),
        ("name,compute_ms,wait_ms\n\n\nA,1,2\nB,x,2\n", &["list.csv:5"]),
        ("name,compute_ms,wait_ms\r\n\r\n\r\nA,1,2\r\nB,x,2\r\n", &["list.csv:5"]),
        ("name,compute_ms,wait_ms\r\n  \r\n,,\r\n\"A\nB\",1,2\r\n", &["list.csv:4", "invisible character \\n"]),
        ("sep=;\r\nname;compute_ms;wait_ms\r\nB;x;2\r\n", &["list.csv:3"]),
        ("name,compute_ms,wait_ms\nA,1,-2\n", &["list.csv:2", "wait_ms", "-2"]),
        ("name,compute_ms,wait_ms\nA,1,inf\n", &["wait_ms"]),
        ("name,compute_ms,wait_ms\nA,\"1,5\",2\n", &["\"1,5\"", "with a decimal point"]),
        ("name,compute_ms,wait_ms\nA,1,5,2\n", &["4 cells, separated by commas", "needs 3", "point"]),
        ("name;compute_ms;wait_ms\nA;1,5;2.5\n", &["list.csv:2", "\"1,5\"", "\"2.5\"", "one in the whole file"]),
        ("name;compute_ms;wait_ms\nA;1,234;2\n", &["list.csv:2", "1.234 or 1234"]),
        ("name;compute_ms;wait_ms\nA;1.234,5;2,5\n", &["\"1.234,5\"", "with a decimal comma"]),
        ("name,compute_ms,wait_ms\nA,1\n", &["list.csv:2", "2 cells", "3 cells"]),
        ("name,compute_ms,wait_ms\n,1,2\n", &["list.csv:2", "name"]),
        ("name,compute_ms,wait_ms\na\u{1b}[2J,1,2\n", &["list.csv:2", "a\\u{1b}[2J", "invisible character"]),
        ("name,compute_ms,wait_ms\na\0,1,2\n", &["a\\u{0}"]),
    ];
    for (text, wanted) in cases {
        let message = read(text).expect_err(text);
        for part in *wanted {
            assert!(message.contains(part), "{text:?} gave {message:?}, without {part:?}");
        }
        assert_eq!(printable::first_hidden(&message), None, "{message:?}");
    }
}

#[test]
fn encodings_are_named_with_line_and_remedy() {
    let windows = b"name,compute_ms,wait_ms\r\nA,1,2\r\nM\xfcller,1,2\r\n".to_vec();
    let message = parse(windows, "cp.csv").expect_err("Windows-1252").to_string();
    assert!(message.starts_with("cp.csv:3: ") && message.contains("Windows-1252"), "{message}");
    assert!(message.contains("CSV UTF-8"), "{message}");
}

#[test]
fn no_message_echoes_a_huge_value() {
    let huge = "x".repeat(10_000_000);
    for text in [
        huge.clone(),
        format!("name,compute_ms,wait_ms,{huge}\n"),
        format!("name,compute_ms,wait_ms\n{huge},1,2\n"),
        format!("name,compute_ms,wait_ms\nA,{huge},2\n"),
        format!("name,compute_ms,wait_ms\n\"{huge}"),
    ] {
        let message = read(&text).expect_err("too long");
        assert!(message.len() < 400, "{} characters", message.len());
    }
}

proptest! {
    #[test]
    fn noise_is_an_error_and_no_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        noise in "\\PC{0,200}",
        rows in "[a-z0-9,.;\t\"\r\n-]{0,80}",
        separator in "[,;\t]",
    ) {
        let _ = parse(bytes, "noise");
        let _ = read(&noise);
        let _ = read(&format!("name{separator}compute_ms{separator}wait_ms\n{rows}"));
    }

    #[test]
    fn what_is_written_is_read_again(
        rows in proptest::collection::vec(("[a-zA-Z0-9,\";=+-][a-zA-Z0-9 ,\";=+-]{0,20}[a-zA-Z0-9]", 0.0..1e6_f64, 0.0..1e6_f64), 1..9),
    ) {
        let list: Vec<ListedTask> =
            rows.iter().map(|(name, compute_ms, wait_ms)| task(name, *compute_ms, *wait_ms)).collect();
        prop_assert_eq!(read(&to_csv(&list)), Ok(list));
    }
}
