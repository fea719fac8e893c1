/// The variable `steps` of the static library.
///
/// ```c
/// extern uint64_t steps;
/// ```
///
/// # Errors
///
/// The library or the symbol is missing, or the process has ended before anybody asked.
#[allow(non_snake_case)]
pub fn steps(proc: &::veo::Proc) -> ::veo::Result<::veo::VeGlobal<u64>> {
    #[doc(hidden)]
    #[allow(non_upper_case_globals)]
    static __VEO_steps: ::veo::__private::Declaration = ::veo::__private::Declaration::variable(
        ::veo::__private::Site {
            rust_name: "steps",
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
        },
        ::veo::__private::LibrarySpec::Static,
        "steps",
        <u64 as ::veo::VeVariable>::MUT,
        ::veo::__private::Resolve::Required,
    );
    ::veo::__private::inventory::submit! {
        ::veo::__private::Entry(& [& __VEO_steps])
    }
    ::veo::__private::variable(proc, &__VEO_steps)
}
