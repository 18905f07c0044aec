//! The test kit's server from the command line.
fn main() {
    let _ = testkit::Media::ready();
}
