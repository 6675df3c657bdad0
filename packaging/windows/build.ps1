# Makes the MSI and the portable zip for Windows in target\packages. Not yet run.
# Needs Rust for x86_64-pc-windows-msvc and the WiX toolset 5 (dotnet tool install --global wix --version 5.*).
# CERTIFICATE_THUMBPRINT signs both executables and the MSI with a certificate of the user's store.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '..\..')
$version = ([regex]'(?m)^version = "(.*)"').Match((Get-Content -Raw Cargo.toml)).Groups[1].Value
$target = 'x86_64-pc-windows-msvc'
$name = "concurrency-lab-$version-$target"
# The C runtime is linked in, so that nothing has to be installed first.
$env:RUSTFLAGS = "$env:RUSTFLAGS -C target-feature=+crt-static".Trim()

function Invoke-Checked([scriptblock] $command) {
    & $command
    if ($LASTEXITCODE -ne 0) { throw "failed with status ${LASTEXITCODE}: $command" }
}
function Set-Signature([string[]] $files) {
    if (-not $env:CERTIFICATE_THUMBPRINT) { return }
    Invoke-Checked { signtool sign /sha1 $env:CERTIFICATE_THUMBPRINT /fd sha256 /tr http://timestamp.digicert.com /td sha256 $files }
}

Invoke-Checked { cargo build --release --locked --target $target --features launcher --bins }
$built = "target\$target\release"
$tree = "target\packaging\$name"
Remove-Item -Recurse -Force -ErrorAction SilentlyContinue target\packaging
New-Item -ItemType Directory -Force $tree, target\packages | Out-Null
Copy-Item "$built\concurrency-lab.exe", "$built\concurrency-lab-window.exe", README.md, CHANGELOG.md, LICENSE-MIT, LICENSE-APACHE $tree
Invoke-Checked { python packaging\licences $target "$tree\LICENCES.txt" }
Set-Signature "$tree\concurrency-lab.exe", "$tree\concurrency-lab-window.exe"
# What is packed has to start.
Invoke-Checked { & "$tree\concurrency-lab.exe" --version }

Compress-Archive -Force $tree "target\packages\$name.zip"
Invoke-Checked {
    wix build packaging\windows\concurrency-lab.wxs -arch x64 -d Version=$version -d Tree=$tree -d Root=. -o "target\packages\$name.msi"
}
Set-Signature "target\packages\$name.msi"
Get-ChildItem target\packages
