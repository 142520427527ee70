//! Finds or builds the C++ library.
//!
//! | environment | what is linked |
//! | --- | --- |
//! | nothing | the sources of `native/`, compiled by `CMake`: static, with the allocator of `libmimalloc-sys` |
//! | `RESPROUT_LIB_DIR` | the library in that directory: `libresprout.so`, else `libresprout.a` and `libresprout_core.a` |
//! | `RESPROUT_SYSTEM` | the installed library that pkg-config finds |
//! | `DOCS_RS` | nothing: documentation needs no library |
//!
//! Prints `cargo:include` (the headers) and `cargo:root` for the build scripts of dependents.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    for name in ["RESPROUT_LIB_DIR", "RESPROUT_SYSTEM", "DOCS_RS"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    if is_set("DOCS_RS") {
        return;
    }
    if let Some(dir) = env::var_os("RESPROUT_LIB_DIR").filter(|dir| !dir.is_empty()) {
        link_directory(Path::new(&dir));
    } else if is_set("RESPROUT_SYSTEM") {
        link_installed();
    } else {
        link_built();
    }
}

/// Set to something other than nothing and 0.
fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

fn manifest_dir() -> PathBuf {
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets CARGO_MANIFEST_DIR"))
}

fn out_dir() -> PathBuf {
    PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"))
}

fn own_headers() -> PathBuf {
    manifest_dir().join("native/capi/include")
}

/// Compiles `native/`.
fn link_built() {
    let native = manifest_dir().join("native");
    for part in ["CMakeLists.txt", "cmake", "core", "capi"] {
        println!("cargo:rerun-if-changed={}", native.join(part).display());
    }
    let mimalloc = env::var("DEP_MIMALLOC_INCLUDE_DIR").expect("libmimalloc-sys says where its headers are");
    let root = cmake::Config::new(&native)
        // Core and assertions are the same in every profile; what a debug build of a Rust program is after is its own code.
        .profile("Release")
        .define("BUILD_SHARED_LIBS", "OFF")
        .define("CMAKE_INSTALL_LIBDIR", "lib")
        .define("RESPROUT_ALLOCATOR", "external")
        .define("RESPROUT_MIMALLOC_INCLUDE_DIR", mimalloc)
        .define("RESPROUT_BUILD_TESTS", "OFF")
        .define("RESPROUT_BUILD_PYTHON", "OFF")
        .build();
    println!("cargo:rustc-link-search=native={}", root.join("lib").display());
    link_archives();
    println!("cargo:include={}", root.join("include").display());
    println!("cargo:root={}", root.display());
}

/// Links a library of the same version that somebody built already.
fn link_directory(dir: &Path) {
    let dir =
        fs::canonicalize(dir).unwrap_or_else(|error| panic!("RESPROUT_LIB_DIR={}: {error}", dir.display()));
    let shared = dir.join("libresprout.so");
    println!("cargo:rerun-if-changed={}", shared.display());
    if shared.exists() {
        // Cargo lets `cargo run` and `cargo test` find shared libraries in build scripts' own directories only.
        let here = out_dir();
        for name in ["libresprout.so", "libresprout.so.0"] {
            let link = here.join(name);
            let _ = fs::remove_file(&link);
            std::os::unix::fs::symlink(dir.join(name), &link)
                .unwrap_or_else(|error| panic!("cannot link {}: {error}", link.display()));
        }
        println!("cargo:rustc-link-search=native={}", here.display());
        println!("cargo:rustc-link-lib=dylib=resprout");
    } else if dir.join("libresprout.a").exists() {
        for name in ["libresprout.a", "libresprout_core.a"] {
            println!("cargo:rerun-if-changed={}", dir.join(name).display());
        }
        println!("cargo:rustc-link-search=native={}", dir.display());
        link_archives();
    } else {
        panic!("RESPROUT_LIB_DIR={}: neither libresprout.so nor libresprout.a is there", dir.display());
    }
    println!("cargo:include={}", own_headers().display());
    println!("cargo:root={}", dir.display());
}

fn link_archives() {
    println!("cargo:rustc-link-lib=static=resprout");
    println!("cargo:rustc-link-lib=static=resprout_core");
    println!("cargo:rustc-link-lib=stdc++");
}

/// Links what `cmake --install` or a distribution put on this machine.
fn link_installed() {
    let version = env::var("CARGO_PKG_VERSION").expect("Cargo sets CARGO_PKG_VERSION");
    let library =
        pkg_config::Config::new().atleast_version(&version).probe("resprout").unwrap_or_else(|error| {
            panic!("RESPROUT_SYSTEM is set, and there is no libresprout {version}: {error}")
        });
    if let Some(include) = library.include_paths.first() {
        println!("cargo:include={}", include.display());
    }
}
