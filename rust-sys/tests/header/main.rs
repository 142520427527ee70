//! Holds every declaration of this crate against the headers. The judge is the C compiler.
//!
//! From `src/*.rs` a C file is made that includes the headers and then says everything once more as Rust says it: a
//! function declared twice with different types is an error in C, and so is a false static assertion about the size of a
//! struct, the place and type of a field, or the value of a constant. What the headers declare and Rust does not is found
//! by reading the preprocessed headers. Mistakes planted in the declarations show that the judge sees them.

mod declarations;
mod layouts;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::Stdio;

use declarations::{c_name, declarations, Declarations};
use layouts::{layouts, layouts_in_c};
use names::{compiler, include_dir, Names};

/// What the C compiler has against a translation unit.
fn complaints(c: &str) -> Result<(), String> {
    let mut judge = compiler()
        .args(["-std=c11", "-Werror", "-Wno-pedantic", "-fsyntax-only", "-x", "c", "-I"])
        .arg(include_dir())
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("there is a C compiler");
    judge.stdin.take().expect("it is piped").write_all(c.as_bytes()).expect("the compiler reads");
    let output = judge.wait_with_output().expect("the compiler ends");
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn each_declaration_is_that_of_the_header() {
    let declared = declarations();
    if let Err(errors) = complaints(&(declared.in_c() + &layouts_in_c(&layouts()))) {
        panic!("the declarations differ from the headers:\n{errors}");
    }
}

#[test]
fn nothing_is_missing_and_nothing_is_made_up() {
    let declared = Names::of(&declarations());
    let expected = Names::of_headers();
    assert!(expected.functions.len() > 80, "the headers were not understood: {expected:?}");
    assert_same(&declared.functions, &expected.functions);
    assert_same(&fields_of(&declared.structs), &fields_of(&expected.structs));
    assert_same(&declared.opaque, &expected.opaque);
    assert_same(&declared.enums, &expected.enums);
    assert_same(&declared.aliases, &expected.aliases);
    assert_same(&declared.constants, &expected.constants);
}

/// Tells only what differs: the whole of either is longer than a terminal.
fn assert_same(declared: &BTreeSet<String>, expected: &BTreeSet<String>) {
    let missing: Vec<_> = expected.difference(declared).collect();
    let made_up: Vec<_> = declared.difference(expected).collect();
    assert!(
        missing.is_empty() && made_up.is_empty(),
        "missing here: {missing:?}, not in the headers: {made_up:?}"
    );
}

/// Each field with its place: `rsp_pid.0 id`.
fn fields_of(structs: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    structs
        .iter()
        .flat_map(|(name, fields)| {
            fields.iter().enumerate().map(move |(at, field)| format!("{name}.{at} {field}"))
        })
        .collect()
}

#[test]
fn the_layout_of_each_struct_is_asserted() {
    let asserted: BTreeMap<String, Vec<String>> = layouts()
        .iter()
        .map(|layout| {
            let fields = layout.fields.iter().map(|field| c_name(field.0).to_owned());
            (layout.name.to_owned(), fields.collect())
        })
        .collect();
    assert_same(&fields_of(&asserted), &fields_of(&Names::of(&declarations()).structs));
}

/// Changes one declaration; the judge must object and name it.
fn assert_found(name: &str, plant: impl FnOnce(&mut Declarations)) {
    let mut planted = declarations();
    plant(&mut planted);
    let errors = complaints(&planted.in_c()).expect_err("the mistake was not seen");
    assert!(errors.contains(name), "the mistake was seen elsewhere:\n{errors}");
}

#[test]
fn a_lost_argument_is_found() {
    assert_found("rsp_link", |planted| {
        planted.functions.insert("rsp_link".into(), "rsp_result rsp_link(struct rsp_self *)".into());
    });
}

#[test]
fn swapped_arguments_are_found() {
    assert_found("rsp_whereis", |planted| {
        planted.functions.insert("rsp_whereis".into(), "struct rsp_atom rsp_whereis(struct rsp_pid)".into());
    });
}

#[test]
fn a_lost_const_is_found() {
    assert_found("rsp_msg_term", |planted| {
        planted
            .functions
            .insert("rsp_msg_term".into(), "struct rsp_term rsp_msg_term(struct rsp_msg *)".into());
    });
}

#[test]
fn a_narrower_field_is_found() {
    assert_found("timeout_ms", |planted| {
        let fields = planted.structs.get_mut("rsp_receive_opts").expect("it is declared");
        fields[1].1 = "uint32_t ".into();
    });
}

#[test]
fn a_wrong_constant_is_found() {
    assert_found("RSP_ETYPE", |planted| {
        planted.constants.get_mut("RSP_ETYPE").expect("it is declared").1 = "17".into();
    });
}

#[test]
fn a_wrong_callback_is_found() {
    assert_found("rsp_match", |planted| {
        planted.aliases.insert("rsp_match".into(), "_Bool (*rsp_match)(struct rsp_msg *, void *)".into());
    });
}

#[test]
fn a_wrong_layout_is_found() {
    let mut planted = layouts();
    planted[0].size += 1;
    let errors = complaints(&(declarations().in_c() + &layouts_in_c(&planted))).expect_err("it was not seen");
    assert!(errors.contains(planted[0].name), "{errors}");
}
