!> An error without stat ends the program: its sentence on the standard error, its status to the shell.
program stops
    use ismulate, only: emulator
    implicit none
    type(emulator) :: dust
    call dust%open('thermis')
    print '(a)', 'this is never reached'
end program
