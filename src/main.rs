//! The `spool` program.

fn main() -> std::process::ExitCode {
    spool::run()
}
