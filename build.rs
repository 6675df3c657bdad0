//! Gives the executables for Windows their icon and version. Does nothing on other systems.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets/icon.ico");
    resources()
}

#[cfg(windows)]
fn resources() -> std::io::Result<()> {
    winresource::WindowsResource::new()
        .set_icon("assets/icon.ico")
        .set("ProductName", "Concurrency Lab")
        .set("FileDescription", "Concurrency Lab")
        .set("LegalCopyright", "Concurrency Lab contributors, MIT OR Apache-2.0")
        .compile()
}

#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "its sibling can fail")]
const fn resources() -> std::io::Result<()> {
    Ok(())
}
