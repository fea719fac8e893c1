//! From what is to be declared to text, laid out as `cargo fmt` does.

use std::fmt::Write;

use super::model::{Api, Definition, Field, Function, Kind, Parameter, Scalar, Type, Variable};
use super::select::{self, Chosen, Plan, Types};
use super::style::Style;
use super::{IntegerWidth, Lib, Resolve, Settings, docs, names};

/// The text of a file of declarations.
pub(crate) fn text(api: &Api, plan: &Plan<'_>, settings: &Settings, style: Style) -> String {
    let types = Types { api, widths: &settings.widths };
    let mut writer = Writer { types, settings, style, out: String::new(), constants: Vec::new() };
    writer.head();
    plan.types.iter().for_each(|name| writer.definition(name));
    writer.block(plan);
    writer.left_out(plan);
    writer.out
}

struct Writer<'a> {
    types: Types<'a>,
    settings: &'a Settings,
    style: Style,
    out: String,
    /// The names of constants so far.
    constants: Vec<String>,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        if !text.is_empty() {
            self.out.push_str(&self.style.indent(depth));
            self.out.push_str(text);
        }
        self.out.push('\n');
    }

    fn docs(&mut self, depth: usize, lines: &[String]) {
        for line in lines {
            self.line(depth, format!("/// {line}").trim_end());
        }
    }

    /// The comment in C, or other words.
    fn comment(&mut self, depth: usize, comment: Option<&String>, otherwise: &str) {
        let mut lines = comment.map_or_else(Vec::new, |comment| docs::lines(comment));
        if lines.is_empty() {
            lines.push(otherwise.to_owned());
        }
        self.docs(depth, &lines);
    }

    fn head(&mut self) {
        let input = self.settings.input();
        let what = if self.settings.variables { "functions and variables" } else { "functions" };
        self.line(0, &format!("// Declarations of the {what} in `{input}`, made by veo-build: do not edit."));
        if let Some(command) = &self.settings.regenerate {
            self.line(0, "// To make them anew:");
            self.line(0, "//");
            self.line(0, &format!("//     {command}"));
        }
    }

    // ---- types ----

    fn definition(&mut self, name: &str) {
        let Some(Definition { comment, kind }) = self.types.api.types.get(name) else { return };
        let rust_name = names::ty(name);
        self.line(0, "");
        if let Some((_, width)) = self.settings.widths.iter().find(|(chosen, _)| chosen == name) {
            let signed = self.types.scalar(&Type::Named(name.to_owned())).and_then(Scalar::signed).unwrap_or(true);
            return self.chosen_integer(&rust_name, width, signed);
        }
        match kind {
            Kind::Alias(ty) => {
                self.comment(0, comment.as_ref(), &format!("`{name}` of the library."));
                self.alias(&rust_name, &self.types.written(ty));
            }
            Kind::Enum { of, values } => {
                self.comment(0, comment.as_ref(), &format!("`enum {name}` of the library."));
                self.alias(&rust_name, &Type::Scalar(*of));
                for value in values {
                    self.comment(0, value.comment.as_ref(), &format!("A value of `{name}`."));
                    let constant = self.constant(&rust_name, &value.name);
                    let vis = self.vis();
                    self.line(0, "#[allow(dead_code, non_upper_case_globals)]");
                    self.assignment(&format!("{vis}const {constant}: {rust_name} ="), &format!("{};", value.value));
                }
            }
            Kind::Record(fields) => match self.types.not_plain(fields) {
                None => self.record(name, &rust_name, comment.as_ref(), fields),
                Some(reason) => self.opaque(name, &rust_name, comment.as_ref(), reason),
            },
            Kind::Opaque(reason) => self.opaque(name, &rust_name, comment.as_ref(), reason),
        }
    }

    /// A name for a constant of an enumeration; those of a C++ `enum class` need not differ from those of another one.
    fn constant(&mut self, of: &str, name: &str) -> String {
        let mut constant = names::value(name);
        if self.constants.contains(&constant) {
            constant = format!("{of}_{constant}");
        }
        self.constants.push(constant.clone());
        constant
    }

    fn chosen_integer(&mut self, name: &str, width: &IntegerWidth, signed: bool) {
        let integer = |wide: bool| {
            Type::Scalar(match (wide, signed) {
                (false, true) => Scalar::I32,
                (false, false) => Scalar::U32,
                (true, true) => Scalar::I64,
                (true, false) => Scalar::U64,
            })
        };
        let words = "An integer of the library";
        match width {
            IntegerWidth::Bits32 | IntegerWidth::Bits64 => {
                self.docs(0, &[format!("{words}.")]);
                self.alias(name, &integer(*width == IntegerWidth::Bits64));
            }
            IntegerWidth::Feature(feature) => {
                let docs = [format!("{words}: 64 bits with feature `{feature}`, else 32.")];
                self.docs(0, &docs);
                self.line(0, &format!("#[cfg(feature = \"{feature}\")]"));
                self.alias(name, &integer(true));
                self.line(0, "");
                self.docs(0, &docs);
                self.line(0, &format!("#[cfg(not(feature = \"{feature}\"))]"));
                self.alias(name, &integer(false));
            }
        }
    }

    fn alias(&mut self, name: &str, target: &Type) {
        let start = format!("{}type {name} =", self.vis());
        self.line(0, TYPE_LINTS);
        let written = self.written(target);
        let value = format!("{written};");
        if self.style.fits(0, &format!("{start} {value}")) || self.style.fits(1, &value) {
            self.assignment(&start, &value);
        } else {
            self.typed(0, &format!("{start} "), (&written, target), ";");
        }
    }

    /// On two lines if one would be too long.
    fn assignment(&mut self, start: &str, value: &str) {
        let line = format!("{start} {value}");
        if self.style.fits(0, &line) {
            self.line(0, &line);
        } else {
            self.line(0, start);
            self.line(1, value);
        }
    }

    fn record(&mut self, name: &str, rust_name: &str, comment: Option<&String>, fields: &[Field]) {
        let vis = self.vis();
        self.comment(0, comment, &format!("`struct {name}` of the library."));
        self.line(0, "#[allow(dead_code, non_camel_case_types, non_snake_case)]");
        self.line(0, "#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]");
        self.line(0, "#[repr(C)]");
        self.line(0, &format!("{vis}struct {rust_name} {{"));
        for field in fields {
            self.comment(1, field.comment.as_ref(), &format!("Member `{}`.", field.name));
            let (field, ty) = (names::value(&field.name), self.ty(&field.ty));
            self.line(1, &format!("{vis}{field}: {ty},"));
        }
        self.line(0, "}");
    }

    fn opaque(&mut self, name: &str, rust_name: &str, comment: Option<&String>, reason: &str) {
        let vis = self.vis();
        let mut lines = comment.map_or_else(Vec::new, |comment| docs::lines(comment));
        if lines.is_empty() {
            lines.push(format!("`{name}` of the library."));
        }
        lines.extend([String::new(), format!("It is known by its address only, since {reason}.")]);
        self.docs(0, &lines);
        self.line(0, TYPE_LINTS);
        self.line(0, "#[derive(Debug)]");
        self.line(0, "#[repr(C)]");
        self.line(0, &format!("{vis}struct {rust_name} {{"));
        self.line(1, "_opaque: [u8; 0],");
        self.line(0, "}");
    }

    fn vis(&self) -> String {
        let vis = &self.settings.visibility;
        if vis.is_empty() { String::new() } else { format!("{vis} ") }
    }

    fn ty(&self, ty: &Type) -> String {
        self.written(&self.types.written(ty))
    }

    fn written(&self, ty: &Type) -> String {
        match ty {
            Type::Void | Type::Unsupported(_) => "::core::ffi::c_void".to_owned(),
            Type::Scalar(scalar) => scalar.rust().to_owned(),
            Type::Complex(part) => match &self.settings.complex {
                Some(path) => format!("{path}<{}>", part.rust()),
                None => format!("[{}; 2]", part.rust()),
            },
            Type::Named(name) => names::ty(name),
            Type::Array { of, len } => format!("[{}; {len}]", self.written(of)),
            Type::Function { parameters, result } => {
                let parameters: Vec<String> = parameters.iter().map(|ty| self.written(ty)).collect();
                let result = self.returned(result);
                format!("::core::option::Option<extern \"C\" fn({}){result}>", parameters.join(", "))
            }
            Type::Pointer { to_const, to } => {
                format!("*{} {}", if *to_const { "const" } else { "mut" }, self.written(to))
            }
        }
    }

    /// ` -> T`
    fn returned(&self, ty: &Type) -> String {
        if *ty == Type::Void { String::new() } else { format!(" -> {}", self.written(ty)) }
    }

    // ---- functions and variables ----

    fn block(&mut self, plan: &Plan<'_>) {
        self.line(0, "");
        self.attributes();
        self.line(0, "#[allow(dead_code)]");
        self.line(0, "extern \"C\" {");
        for (index, Chosen { rust_name, function }) in plan.functions.iter().enumerate() {
            if index > 0 {
                self.line(0, "");
            }
            self.about(function.comment.as_ref(), function.place.as_ref());
            self.symbol(rust_name, &function.symbol);
            self.prototype(rust_name, function);
        }
        for (index, (rust_name, variable)) in plan.variables.iter().enumerate() {
            if index > 0 || !plan.functions.is_empty() {
                self.line(0, "");
            }
            self.about(variable.comment.as_ref(), variable.place.as_ref());
            self.symbol(rust_name, &variable.symbol);
            self.variable(rust_name, variable);
        }
        self.line(0, "}");
    }

    /// The comment in the source, and where that is.
    fn about(&mut self, comment: Option<&String>, place: Option<&(String, u64)>) {
        let mut lines = comment.map_or_else(Vec::new, |comment| docs::lines(comment));
        if let Some((file, number)) = place {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("Defined in `{file}`, line {number}."));
        }
        self.docs(1, &lines);
    }

    fn symbol(&mut self, rust_name: &str, symbol: &str) {
        if rust_name != symbol {
            self.line(1, &format!("#[link_name = \"{symbol}\"]"));
        }
    }

    fn variable(&mut self, name: &str, variable: &Variable) {
        let mutable = if variable.constant { "" } else { "mut " };
        let ty = self.contents(&self.types.written(&variable.ty));
        self.line(1, &format!("{}static {mutable}{name}: {ty};", self.vis()));
    }

    /// What a variable of this type holds: a pointer is an address on the VE.
    fn contents(&self, ty: &Type) -> String {
        let pointer = |to: &str| format!("{}::VePtr<{to}>", self.settings.krate.as_deref().unwrap_or("veo"));
        match ty {
            Type::Pointer { to, .. } => pointer(&self.contents(to)),
            Type::Array { of, len } => format!("[{}; {len}]", self.contents(of)),
            ty if self.types.function(ty).is_some() => pointer(&self.written(&Type::Void)),
            ty => self.written(ty),
        }
    }

    fn parameter(&self, function: &Function, parameter: &Parameter) -> String {
        match self.types.written(&parameter.ty) {
            Type::Pointer { to_const: true, to } if select::is_copied(self.settings, function, parameter) => {
                format!("&{}", self.written(&to))
            }
            ty => self.written(&ty),
        }
    }

    fn prototype(&mut self, name: &str, function: &Function) {
        let head = format!("{}fn {name}(", self.vis());
        let written = |parameter: &Parameter| (self.parameter(function, parameter), self.types.written(&parameter.ty));
        let parameters: Vec<(String, (String, Type))> =
            parameter_names(function).into_iter().zip(function.parameters.iter().map(written)).collect();
        let result = self.returned(&self.types.written(&function.result));
        let list: Vec<String> = parameters.iter().map(|(name, (ty, _))| format!("{name}: {ty}")).collect();
        let line = format!("{head}{}){result};", list.join(", "));
        if parameters.is_empty() || self.style.fits(1, &line) {
            return self.line(1, &line);
        }
        self.line(1, &head);
        parameters.iter().for_each(|(name, (written, ty))| self.typed(2, &format!("{name}: "), (written, ty), ","));
        self.line(1, &format!("){result};"));
    }

    /// `start type end` on one line, if that is short enough. Only functions are so long that it may not be.
    fn typed(&mut self, depth: usize, start: &str, (written, ty): (&str, &Type), end: &str) {
        let line = format!("{start}{written}{end}");
        let Type::Function { parameters, result } = ty else { return self.line(depth, &line) };
        if self.style.fits(depth, &line) {
            return self.line(depth, &line);
        }
        let result = self.returned(result);
        let list: Vec<String> = parameters.iter().map(|ty| self.written(ty)).collect();
        let inside = format!("extern \"C\" fn({}){result},", list.join(", "));
        self.line(depth, &format!("{start}::core::option::Option<"));
        if self.style.fits(depth + 1, &inside) {
            self.line(depth + 1, &inside);
        } else {
            self.line(depth + 1, "extern \"C\" fn(");
            list.iter().for_each(|ty| self.line(depth + 2, &format!("{ty},")));
            self.line(depth + 1, &format!("){result},"));
        }
        self.line(depth, &format!(">{end}"));
    }

    /// `#[veo::ve_offload(…)]`; where features choose the library, one for each of them.
    fn attributes(&mut self) {
        let features: Vec<&String> = self.settings.feature_libs.iter().map(|(feature, _)| feature).collect();
        for (index, (feature, lib)) in self.settings.feature_libs.iter().enumerate() {
            // The first feature that is on counts.
            let mut condition = format!("feature = \"{feature}\"");
            if index > 0 {
                condition = format!("all({condition}, {})", not_any(&features[..index]));
            }
            let attribute = self.attribute(lib);
            self.line(0, &format!("#[cfg_attr({condition}, {attribute})]"));
        }
        let Some(lib) = &self.settings.lib else { return };
        let attribute = self.attribute(lib);
        if features.is_empty() {
            self.line(0, &format!("#[{attribute}]"));
        } else {
            self.line(0, &format!("#[cfg_attr({}, {attribute})]", not_any(&features)));
        }
    }

    fn attribute(&self, lib: &Lib) -> String {
        let Settings { resolve, help, krate, .. } = self.settings;
        let is_static = *lib == Lib::Static;
        let lib = match lib {
            Lib::Static => "static".to_owned(),
            Lib::Files(names) => {
                let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
                match &quoted[..] {
                    // Of what is not a list, rustfmt breaks long lines.
                    [name] if name.len() < 50 && self.settings.feature_libs.is_empty() => name.clone(),
                    _ => format!("[{}]", quoted.join(", ")),
                }
            }
        };
        let resolve = match resolve {
            Resolve::AtCreation => "",
            Resolve::Required => ", required",
            Resolve::AtFirstCall => ", lazy",
        };
        let at = krate.as_deref().unwrap_or("veo");
        let krate = krate.as_ref().map_or_else(String::new, |path| format!(", crate = {path}"));
        let help = help.as_ref().filter(|_| !is_static).map_or_else(String::new, |text| format!(", help = {text:?}"));
        format!("{at}::ve_offload(lib = {lib}{resolve}{help}{krate})")
    }

    fn left_out(&mut self, plan: &Plan<'_>) {
        if plan.left_out.is_empty() {
            return;
        }
        self.line(0, "");
        self.line(0, "// Left out:");
        self.line(0, "//");
        let mut text = String::new();
        for left_out in &plan.left_out {
            let _ = writeln!(text, "// - {left_out}");
        }
        self.out.push_str(&text);
    }
}

const TYPE_LINTS: &str = "#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]";

fn not_any(features: &[&String]) -> String {
    let features: Vec<String> = features.iter().map(|feature| format!("feature = \"{feature}\"")).collect();
    match &features[..] {
        [feature] => format!("not({feature})"),
        _ => format!("not(any({}))", features.join(", ")),
    }
}

/// A name for each parameter, no two alike.
fn parameter_names(function: &Function) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, parameter) in function.parameters.iter().enumerate() {
        let mut name = parameter.name.as_deref().map_or_else(|| format!("arg{}", index + 1), names::value);
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}
