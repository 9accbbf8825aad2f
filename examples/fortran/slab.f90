!> A slab of dusty gas lit from one side, cell by cell: the loop of a radiative-transfer code with ismulate inside.
!!
!! Starlight of U = U0 falls on the slab and is absorbed, U(tau) = U0 exp(-tau). Each cell radiates what its dust
!! absorbs; the infrared leaves the slab without being absorbed again, so that the brightness is the sum over cells of
!!
!!     nu I_nu = 1/(4 pi) sum_i dN_i (4 pi nu j_nu)(U_i)        [erg s-1 cm-2 sr-1]
!!
!! with dN the hydrogen column of a cell [cm-2]. Dust that absorbs a share of the light radiates in proportion to U,
!! so the power of the whole slab is known in closed form: that is checked at the end.
!!
!!     slab [CELLS]
program slab
    use, intrinsic :: iso_fortran_env, only: error_unit, output_unit, real64
    use ismulate, only: emulator, emulator_info, ism_set_threads
    implicit none

    real(real64), parameter :: pi = acos(-1.0_real64)
    real(real64), parameter :: u0 = 1.0e3_real64             ! at the lit face, in units of the local field
    real(real64), parameter :: age = 1.0e7_real64            ! of the stars [yr]
    real(real64), parameter :: amin = 0.5_real64             ! smallest grain [nm]
    real(real64), parameter :: tau_total = 5.0_real64        ! of the slab for starlight
    real(real64), parameter :: cross_section = 1.0e-21_real64  ! of dust for starlight [cm2 H-1]

    type(emulator) :: dust
    type(emulator_info) :: about
    real(real64), allocatable :: points(:, :), spectra(:, :), brightness(:)
    real(real64) :: column, power, expected
    integer :: cells, i

    cells = cells_from_command_line()
    call ism_set_threads(1)  ! a real code has its own threads or ranks
    call dust%open('themis')
    call dust%describe(about)

    allocate (points(about%parameter_count, cells), spectra(about%output_count, cells), brightness(about%output_count))
    do i = 1, cells
        points(:, i) = [u0*exp(-tau_total*(i - 0.5_real64)/cells), age, amin]
    end do
    call dust%evaluate(points, spectra)  ! all cells in one call: several times faster than one by one

    column = tau_total/cross_section/cells
    brightness = 0
    do i = 1, cells
        brightness = brightness + column*spectra(:, i)/(4*pi)
    end do

    associate (wavelength => about%axis_values)
        i = maxloc(brightness, dim=1)
        write (output_unit, '(a, i0, a, f0.1, a, es9.2, a)') 'slab of ', cells, ' cells: brightest at ', wavelength(i), &
            ' um, nu I_nu = ', brightness(i), ' erg s-1 cm-2 sr-1'

        ! Power per hydrogen is proportional to U: the slab radiates N_H P(U0) (1 - exp(-tau)) / tau.
        power = 4*pi*radiated(wavelength, brightness)
        call dust%evaluate([u0, age, amin], brightness)
        expected = radiated(wavelength, brightness)*(1 - exp(-tau_total))/cross_section
        write (output_unit, '(2(a, es10.3))') 'radiated [erg s-1 cm-2]: ', power, ', in closed form ', expected
    end associate
    if (.not. abs(power/expected - 1) < 0.01_real64) then
        write (error_unit, '(a)') 'slab: the radiated power is not what the dust absorbs'
        error stop
    end if

contains

    !> Integral of nu f_nu over ln(nu): trapezoids in ln(wavelength).
    pure function radiated(wavelength, nu_f_nu) result(total)
        real(real64), intent(in) :: wavelength(:), nu_f_nu(:)
        real(real64) :: total
        integer :: n
        n = size(wavelength)
        total = sum(0.5_real64*(nu_f_nu(2:n) + nu_f_nu(1:n - 1))*log(wavelength(2:n)/wavelength(1:n - 1)))
    end function

    integer function cells_from_command_line() result(count)
        character(20) :: word
        integer :: status
        count = 200
        if (command_argument_count() == 0) return
        call get_command_argument(1, word)
        read (word, *, iostat=status) count
        if (status == 0 .and. count > 0) return
        write (error_unit, '(a)') 'usage: slab [CELLS]'
        error stop 2, quiet=.true.
    end function

end program
