//! With `panic = "abort"` the crate does not build, and says why; unless it is asked to.

use std::path::Path;
use std::process::{Command, Output};

fn check(features: &[&str]) -> Output {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("panic_abort");
    Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--lib", "--config", "profile.dev.panic='abort'"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target)
        .env("DOCS_RS", "1") // no library is needed to check
        .output()
        .expect("cargo runs")
}

#[test]
fn panic_abort_is_refused_unless_it_is_asked_for() {
    let refused = check(&[]);
    assert!(!refused.status.success());
    let says = String::from_utf8_lossy(&refused.stderr);
    assert!(says.contains("supervision cannot save it"), "{says}");

    let allowed = check(&["--features", "allow-panic-abort"]);
    assert!(allowed.status.success(), "{}", String::from_utf8_lossy(&allowed.stderr));
}
