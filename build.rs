//! Gives the executables for Windows their icon and version. Does nothing for other systems.

use std::io;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets/icon.ico");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "windows") { resources() } else { Ok(()) }
}

#[cfg(windows)]
fn resources() -> io::Result<()> {
    winresource::WindowsResource::new()
        .set_icon("assets/icon.ico")
        .set("ProductName", "Concurrency Lab")
        .set("FileDescription", "Concurrency Lab")
        .set("LegalCopyright", "Concurrency Lab contributors, MIT OR Apache-2.0")
        .compile()
}

/// The same on another system, by the resource compiler of mingw-w64; without one the executables have no icon.
#[cfg(not(windows))]
fn resources() -> io::Result<()> {
    let variable = |name: &str| std::env::var(name).map_err(io::Error::other);
    let folder = std::path::PathBuf::from(variable("OUT_DIR")?);
    let (script, object) = (folder.join("resources.rc"), folder.join("resources.o"));
    let version = variable("CARGO_PKG_VERSION")?;
    let numbers = format!("{},0", version.split(['-', '+']).next().unwrap_or_default().replace('.', ","));
    let text = format!(
        r#"1 ICON "assets/icon.ico"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "000004b0"
    BEGIN
      VALUE "ProductName", "Concurrency Lab"
      VALUE "FileDescription", "Concurrency Lab"
      VALUE "FileVersion", "{version}"
      VALUE "ProductVersion", "{version}"
      VALUE "LegalCopyright", "Concurrency Lab contributors, MIT OR Apache-2.0"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x0, 1200
  END
END
"#
    );
    std::fs::write(&script, text)?;
    let compiler = format!("{}-w64-mingw32-windres", variable("CARGO_CFG_TARGET_ARCH")?);
    let made = std::process::Command::new(&compiler).args([&script, &object]).status();
    match made {
        Ok(status) if status.success() => println!("cargo::rustc-link-arg-bins={}", object.display()),
        Ok(status) => return Err(io::Error::other(format!("{compiler} ended with {status}"))),
        Err(error) => println!("cargo::warning=the executables have no icon: {compiler}: {error}"),
    }
    Ok(())
}
