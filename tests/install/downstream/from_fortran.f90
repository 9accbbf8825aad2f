!> Prints the emission of dust at one point of the shipped network [erg s-1 H-1].
program from_fortran
    use, intrinsic :: iso_fortran_env, only: real64
    use ismulate, only: emulator
    implicit none
    type(emulator) :: dust
    real(real64) :: spectrum(481)
    call dust%open('themis')
    call dust%evaluate([10.0_real64, 1.0e7_real64, 0.5_real64], spectrum)
    print '(es18.12)', spectrum(241)
end program
