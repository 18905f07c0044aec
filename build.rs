//! Compiles the embedded resources and the settings schema into `OUT_DIR`, so that an uninstalled program finds both.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const APP_ID: &str = "io.github.spool_player.Spool";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    compile_resources(&out);
    compile_schemas(&out);
    println!("cargo::rerun-if-env-changed=SPOOL_LOCALEDIR");
}

fn compile_resources(out: &Path) {
    println!("cargo::rerun-if-changed=data/resources");
    println!("cargo::rerun-if-changed=data/icons");
    run(Command::new("glib-compile-resources")
        .arg("--sourcedir=data/resources")
        .arg("--sourcedir=data/icons/hicolor")
        .arg(format!(
            "--target={}",
            out.join("spool.gresource").display()
        ))
        .arg("data/resources/resources.gresource.xml"));
}

fn compile_schemas(out: &Path) {
    let source = format!("data/{APP_ID}.gschema.xml.in");
    println!("cargo::rerun-if-changed={source}");
    let folder = out.join("schemas");
    fs::create_dir_all(&folder).expect("OUT_DIR is writable");
    let schema = fs::read_to_string(&source)
        .unwrap_or_else(|error| panic!("{source}: {error}"))
        .replace("@app-id@", APP_ID)
        .replace("@gettext-package@", "spool");
    fs::write(folder.join(format!("{APP_ID}.gschema.xml")), schema).expect("OUT_DIR is writable");
    run(Command::new("glib-compile-schemas")
        .arg("--strict")
        .arg(&folder));
}

fn run(command: &mut Command) {
    let status = command
        .status()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} failed");
}
