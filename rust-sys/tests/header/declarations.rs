//! What Rust declares, as C would say it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use syn::parse::Parse as _;
use syn::{Expr, Fields, ForeignItem, GenericArgument, Item, Lit, PathArguments, ReturnType, Type};

use crate::names::headers;

/// The declarations of the crate, with names and types as C writes them.
#[derive(Clone, Default)]
pub struct Declarations {
    /// Name and prototype.
    pub functions: BTreeMap<String, String>,
    /// Name, and each field with its type as a C declaration.
    pub structs: BTreeMap<String, Vec<(String, String)>>,
    pub opaque: BTreeSet<String>,
    /// Newtypes of `c_uint`.
    pub enums: BTreeSet<String>,
    /// Name and declaration.
    pub aliases: BTreeMap<String, String>,
    /// Name, type, value.
    pub constants: BTreeMap<String, (String, String)>,
}

pub fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn declarations() -> Declarations {
    let mut files: Vec<syn::File> = Vec::new();
    for entry in fs::read_dir(crate_dir().join("src")).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.file_name().is_some_and(|name| name != "lib.rs") {
            let text = fs::read_to_string(&path).expect("sources are text");
            files.push(syn::parse_file(&text).expect("sources are Rust"));
        }
    }
    for item in files.iter_mut().flat_map(|file| &mut file.items) {
        if let Item::Macro(table) = item {
            if table.mac.path.is_ident("table") {
                *item = table.mac.parse_body_with(table_struct).expect("rows of the table").into();
            }
        }
    }
    let items = || files.iter().flat_map(|file| &file.items);

    let mut found = Declarations::default();
    // Types first: how C names a type depends on what it is.
    for item in items() {
        if let Item::Struct(item) = item {
            let name = item.ident.to_string();
            match &item.fields {
                Fields::Unnamed(_) => {
                    assert!(has_attribute(&item.attrs, "transparent"), "{name} is not repr(transparent)");
                    found.enums.insert(name);
                }
                Fields::Named(fields) if fields.named.iter().any(|field| is_private(&field.vis)) => {
                    found.opaque.insert(name);
                }
                _ => {
                    found.structs.insert(name, Vec::new());
                }
            }
        }
    }
    for item in items() {
        match item {
            Item::Struct(item) if found.structs.contains_key(&item.ident.to_string()) => {
                assert!(has_attribute(&item.attrs, "C"), "{} is not repr(C)", item.ident);
                let fields = item.fields.iter().map(|field| {
                    let name = field.ident.as_ref().expect("fields have names").to_string();
                    let declaration = found.declare(&field.ty, "");
                    (c_name(&name).to_owned(), declaration)
                });
                let fields = fields.collect();
                found.structs.insert(item.ident.to_string(), fields);
            }
            Item::Type(item) => {
                let declaration = found.declare(&item.ty, &item.ident.to_string());
                found.aliases.insert(item.ident.to_string(), declaration);
            }
            Item::Const(item) => {
                let value = (found.declare(&item.ty, ""), constant_value(&item.expr));
                found.constants.insert(item.ident.to_string(), value);
            }
            Item::ForeignMod(module) => {
                assert_eq!(module.abi.name.as_ref().map(syn::LitStr::value).as_deref(), Some("C"));
                for item in &module.items {
                    let ForeignItem::Fn(function) = item else { panic!("not a function: {item:?}") };
                    let signature = &function.sig;
                    let parameters = signature.inputs.iter().map(|input| match input {
                        syn::FnArg::Typed(parameter) => found.declare(&parameter.ty, ""),
                        syn::FnArg::Receiver(_) => unreachable!("C has no methods"),
                    });
                    let declarator = format!("{}({})", signature.ident, parameter_list(parameters));
                    let prototype = found.declare_result(&signature.output, &declarator);
                    found.functions.insert(signature.ident.to_string(), prototype);
                }
            }
            _ => {}
        }
    }
    found
}

/// What `table!` of api.rs makes: a field for each of its rows, `member = function(arguments) -> result;`.
fn table_struct(rows: syn::parse::ParseStream<'_>) -> syn::Result<syn::ItemStruct> {
    let mut table: syn::ItemStruct = syn::parse_str("#[repr(C)] pub struct rsp_api { pub size: usize }")?;
    let Fields::Named(fields) = &mut table.fields else { unreachable!("it was written above") };
    while !rows.is_empty() {
        let (member, _) = (rows.parse::<syn::Ident>()?, rows.parse::<syn::Token![=]>()?);
        let function: syn::Ident = rows.parse()?;
        assert_eq!(function, format!("rsp_{}", member.to_string().trim_end_matches('_')));
        let arguments;
        syn::parenthesized!(arguments in rows);
        let mut code: syn::TypeBareFn = syn::parse_str("unsafe extern \"C\" fn()")?;
        code.inputs = arguments.parse_terminated(syn::BareFnArg::parse, syn::Token![,])?;
        code.output = rows.parse()?;
        rows.parse::<syn::Token![;]>()?;
        fields.named.push(syn::Field {
            attrs: Vec::new(),
            vis: syn::Visibility::Public(syn::Token![pub](member.span())),
            mutability: syn::FieldMutability::None,
            ident: Some(member),
            colon_token: Some(<syn::Token![:]>::default()),
            ty: Type::BareFn(code),
        });
    }
    Ok(table)
}

fn has_attribute(attributes: &[syn::Attribute], representation: &str) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("repr")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|argument| argument == representation)
    })
}

fn is_private(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Inherited)
}

/// Rust's keywords carry an underscore that C's names do not.
pub fn c_name(name: &str) -> &str {
    match name.strip_suffix('_') {
        Some(word @ ("await" | "fn" | "match" | "ref" | "self" | "type")) => word,
        _ => name,
    }
}

fn parameter_list(parameters: impl Iterator<Item = String>) -> String {
    let list = parameters.collect::<Vec<_>>().join(", ");
    if list.is_empty() {
        "void".to_owned()
    } else {
        list
    }
}

fn constant_value(value: &Expr) -> String {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_digits().to_owned(),
            other => panic!("a constant of a kind that this test does not know: {other:?}"),
        },
        // rsp_result(3)
        Expr::Call(call) => constant_value(call.args.first().expect("a newtype holds a value")),
        Expr::Unary(minus) if matches!(minus.op, syn::UnOp::Neg(_)) => {
            format!("-{}", constant_value(&minus.expr))
        }
        // u64::MAX
        Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "MAX") => {
            "UINT64_MAX".to_owned()
        }
        other => panic!("a constant of a kind that this test does not know: {other:?}"),
    }
}

impl Declarations {
    /// The C declaration of something of this type; `declarator` is its name, or what stands in its place.
    fn declare(&self, ty: &Type, declarator: &str) -> String {
        match ty {
            Type::Ptr(pointer) => {
                let is_const = pointer.const_token.is_some();
                let element = &*pointer.elem;
                if matches!(element, Type::Ptr(_)) {
                    let inner = if is_const { "*const " } else { "*" };
                    // The qualifier belongs to the element, which is a pointer: it stands behind that one's star.
                    let declarator = if is_const {
                        format!("{}*{declarator}", inner.trim_start_matches('*'))
                    } else {
                        format!("*{declarator}")
                    };
                    self.declare(element, &declarator)
                } else {
                    let declared = self.declare(element, &format!("*{declarator}"));
                    if is_const {
                        format!("const {declared}")
                    } else {
                        declared
                    }
                }
            }
            Type::BareFn(function) => {
                let parameters = function.inputs.iter().map(|input| self.declare(&input.ty, ""));
                let declarator = format!("(*{declarator})({})", parameter_list(parameters));
                self.declare_result(&function.output, &declarator)
            }
            Type::Array(array) => {
                self.declare(&array.elem, &format!("{declarator}[{}]", constant_value(&array.len)))
            }
            Type::Path(path) => {
                let segment = path.path.segments.last().expect("a path has an end");
                if segment.ident == "Option" {
                    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                        panic!("Option of nothing")
                    };
                    let Some(GenericArgument::Type(function @ Type::BareFn(_))) = arguments.args.first()
                    else {
                        panic!("Option of what is no function")
                    };
                    return self.declare(function, declarator);
                }
                format!("{} {declarator}", self.base(&segment.ident.to_string()))
            }
            other => panic!("a type that this test does not know: {other:?}"),
        }
    }

    fn declare_result(&self, result: &ReturnType, declarator: &str) -> String {
        match result {
            ReturnType::Default => format!("void {declarator}"),
            ReturnType::Type(_, ty) => self.declare(ty, declarator),
        }
    }

    /// How C names a type without pointers.
    fn base(&self, name: &str) -> String {
        let c = match name {
            "bool" => "_Bool",
            "u32" => "uint32_t",
            "u64" => "uint64_t",
            "i64" => "int64_t",
            "usize" => "size_t",
            "f64" => "double",
            "c_char" => "char",
            "c_int" => "int",
            "c_uint" => "unsigned int",
            "c_void" => "void",
            _ if self.opaque.contains(name) || self.structs.contains_key(name) => {
                return format!("struct {name}");
            }
            _ if name.starts_with("rsp_") => name,
            _ => panic!("no C type is known for {name}"),
        };
        c.to_owned()
    }

    /// Everything once more, in C.
    pub fn in_c(&self) -> String {
        let mut c = String::from("#include <stddef.h>\n");
        for header in headers() {
            let name = header.file_name().expect("a header has a name").to_string_lossy().into_owned();
            writeln!(c, "#include \"resprout/{name}\"").expect("a String takes everything");
        }
        c.push_str("#define SAME(a, b) _Static_assert(__builtin_types_compatible_p(a, b), #a)\n");
        let mut line = |text: String| {
            c.push_str(&text);
            c.push('\n');
        };
        for name in &self.enums {
            line(format!("SAME({name}, unsigned int);"));
        }
        for declaration in self.aliases.values() {
            line(format!("typedef {declaration};"));
        }
        for (name, fields) in &self.structs {
            for (field, ty) in fields {
                line(format!("SAME(__typeof__(((struct {name} *)0)->{field}), __typeof__({ty}));"));
            }
        }
        for (name, (ty, value)) in &self.constants {
            if value == "UINT64_MAX" {
                line(format!("SAME(__typeof__({name}), __typeof__({ty}));"));
            }
            line(format!("_Static_assert({name} == {value}, \"{name}\");"));
        }
        for prototype in self.functions.values() {
            line(format!("{prototype};"));
        }
        c
    }
}
