//! Compiles the embedded resources and the settings schema into `OUT_DIR`, so that an uninstalled program finds both.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const APP_ID: &str = "io.github.spool_player.Spool";

fn main() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").map(PathBuf::from);
    let out = out.ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    println!("cargo::rerun-if-env-changed=SPOOL_LOCALEDIR");
    compile_resources(&out)?;
    compile_schemas(&out)
}

fn compile_resources(out: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed=data/resources");
    println!("cargo::rerun-if-changed=data/icons");
    run(Command::new("glib-compile-resources")
        .arg("--sourcedir=data/resources")
        .arg("--sourcedir=data/icons/hicolor")
        .arg(format!(
            "--target={}",
            out.join("spool.gresource").display()
        ))
        .arg("data/resources/resources.gresource.xml"))
}

fn compile_schemas(out: &Path) -> io::Result<()> {
    let source = format!("data/{APP_ID}.gschema.xml.in");
    println!("cargo::rerun-if-changed={source}");
    let folder = out.join("schemas");
    fs::create_dir_all(&folder)?;
    let schema = fs::read_to_string(&source)?
        .replace("@app-id@", APP_ID)
        .replace("@gettext-package@", "spool");
    fs::write(folder.join(format!("{APP_ID}.gschema.xml")), schema)?;
    run(Command::new("glib-compile-schemas")
        .arg("--strict")
        .arg(&folder))
}

fn run(command: &mut Command) -> io::Result<()> {
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("{command:?} failed")))
    }
}
