! A Fortran kernel: it needs the Fortran runtime.
function square(x) bind(C)
    use iso_c_binding
    integer(c_long), value :: x
    integer(c_long) :: square
    character(20) :: text
    write (text, '(I0)') x * x
    read (text, *) square
end function
