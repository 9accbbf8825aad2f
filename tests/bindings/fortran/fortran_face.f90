!> Every procedure of the module, the orders of its arrays, sections with strides, and what it refuses.
program fortran_face
    use, intrinsic :: ieee_arithmetic, only: ieee_is_nan, ieee_quiet_nan, ieee_value
    use, intrinsic :: iso_fortran_env, only: output_unit, real32, real64
    use ismulate
    implicit none

    real(real64), parameter :: point(3) = [10.0_real64, 1.0e7_real64, 0.5_real64]
    integer, parameter :: m = 481
    integer :: failures = 0

    call test_library()
    call test_describe()
    call test_evaluate()
    call test_strides()
    call test_single_precision()
    call test_jacobian()
    call test_outside()
    call test_refusals()
    call test_copies()
    call test_labels()
    call test_bands()
    if (failures > 0) error stop 1
    write (output_unit, '(a)') 'all is well'

contains

    subroutine check(holds, what)
        logical, intent(in) :: holds
        character(*), intent(in) :: what
        if (holds) return
        failures = failures + 1
        write (output_unit, '(2a)') 'failed: ', what
    end subroutine

    !> The call ended with status 2 and a sentence with these words.
    subroutine refused(stat, errmsg, words)
        integer, intent(in) :: stat
        character(*), intent(in) :: errmsg, words
        call check(stat == 2, 'status of: '//words)
        call check(index(errmsg, words) > 0, words//' is not in: '//trim(errmsg))
    end subroutine

    subroutine test_library()
        integer :: stat
        character(200) :: errmsg
        call check(index(ism_version(), '.') > 1, 'version')
        call check(ism_shipped(1) == 'meudon_co' .and. ism_shipped(2) == 'themis', 'shipped emulators')
        call check(ism_shipped(0) == '', 'there is no shipped emulator before the first')
        call check(ism_shipped(1000) == '', 'nor behind the last')
        call ism_set_threads(2, stat, errmsg)
        call check(stat == 0, 'two threads')
        call ism_set_threads(-1, stat, errmsg)
        call refused(stat, errmsg, 'threads = -1')
    end subroutine

    subroutine test_describe()
        type(emulator) :: dust
        type(emulator_info) :: about
        call dust%open('themis  ')  ! as a character variable of fixed length holds it
        call dust%describe(about)
        call check(about%name == 'themis' .and. len(about%summary) > 10, 'name and summary')
        call check(about%parameter_count == 3 .and. size(about%parameters) == 3, 'number of parameters')
        call check(about%output_count == m .and. size(about%axis_values) == m, 'number of outputs')
        call check(size(about%axis_labels) == 0, 'there are no labels')
        call check(about%output_name == 'total' .and. about%output_unit == 'erg s-1 H-1', 'output')
        call check(about%output_is_log .and. len(about%output_help) > 10, 'output scale and help')
        call check(about%axis_name == 'wavelength' .and. about%axis_unit == 'um', 'axis')
        call check(abs(about%axis_values(m)/3000 - 1) < 1e-9_real64, 'last wavelength')
        call check(index(about%errors, 'median') > 0 .and. index(about%provenance, '"version"') > 0, 'errors and origin')
        associate (age => about%parameters(2))
            call check(age%name == 'age' .and. age%unit == 'yr' .and. len(age%help) > 5, 'age')
            call check(age%low == 1e6_real64 .and. age%high == 1e10_real64 .and. age%is_log, 'range of age')
            call check(age%fallback >= age%low .and. age%fallback <= age%high, 'default of age')
        end associate
    end subroutine

    subroutine test_evaluate()
        type(emulator) :: dust
        real(real64) :: points(3, 4), spectra(m, 4), spectrum(m)
        call dust%open('themis')
        points = spread(point, 2, 4)
        points(1, 3) = 1e5_real64
        call dust%evaluate(points, spectra)
        call dust%evaluate(point, spectrum)
        call check(all(spectra(:, 4) == spectrum), 'the same bits alone and in a batch')
        call check(spectra(200, 3) > 1e3*spectrum(200), 'point 3 is the bright one')
        call dust%evaluate(points(:, 1:0), spectra(:, 1:0))  ! no points, nothing to do
    end subroutine

    subroutine test_strides()
        type(emulator) :: dust
        real(real64) :: table(5, 8), cube(2, m, 8), plain(m, 4), spectrum(m), wide(2*m), steps(6)
        integer :: i
        call dust%open('themis')
        table = -1
        do i = 1, 4
            table([1, 3, 5], 2*i) = point*[real(i, real64), 1.0_real64, 1.0_real64]
        end do
        cube = -7
        call dust%evaluate(table(1::2, 2::2), cube(2, :, 1::2))
        call check(all(cube(1, :, :) == -7) .and. all(cube(2, :, 2::2) == -7), 'what lies between is untouched')
        do i = 1, 4
            call dust%evaluate(table(1::2, 2*i), spectrum)
            plain(:, i) = spectrum
        end do
        call check(all(cube(2, :, 1::2) == plain), 'sections with strides')
        steps = 0
        steps(6:2:-2) = point  ! backwards
        wide = -7
        call dust%evaluate(steps(6:2:-2), wide(2*m:1:-2))
        call check(all(wide(2*m:1:-2) == plain(:, 1)) .and. all(wide(1::2) == -7), 'a section that runs backwards')
    end subroutine

    subroutine test_single_precision()
        type(emulator) :: dust
        real(real64) :: spectrum(m)
        real(real32) :: single(m), batch(m, 2)
        call dust%open('themis')
        call dust%evaluate(point, spectrum)
        call dust%evaluate(point, single)
        call dust%evaluate(spread(point, 2, 2), batch)
        call check(all(abs(single - spectrum) <= 1e-6*spectrum), 'single precision')
        call check(all(batch(:, 2) == single), 'single precision in a batch')
    end subroutine

    subroutine test_jacobian()
        type(emulator) :: dust
        real(real64) :: spectrum(m), slopes(3, m), above(m), spectra(m, 2), batch(3, m, 2), strided(6, m)
        call dust%open('themis')
        call dust%evaluate_with_jacobian(point, spectrum, slopes)
        call dust%evaluate(point*[1.01_real64, 1.0_real64, 1.0_real64], above)
        call check(all(abs((above - spectrum)/0.1_real64 - slopes(1, :)) <= 0.02_real64*maxval(abs(slopes(1, :)))), &
            'first row is the derivative along U')
        call dust%evaluate_with_jacobian(spread(point, 2, 2), spectra, batch)
        call check(all(batch(:, :, 2) == slopes) .and. all(spectra(:, 1) == spectrum), 'Jacobian of a batch')
        call dust%evaluate_with_jacobian(point, spectrum, strided(2::2, :))
        call check(all(strided(2::2, :) == slopes), 'Jacobian in a section')
    end subroutine

    subroutine test_outside()
        type(emulator) :: refusing, marking, nearest
        real(real64) :: spectrum(m), edge(m)
        character(400) :: errmsg
        integer :: stat
        call refusing%open('themis', outside_refuse)
        call marking%open('themis', outside=outside_nan)
        call nearest%open('themis', outside_nearest)
        call refusing%evaluate([1e9_real64, point(2:3)], spectrum, stat, errmsg)
        call refused(stat, errmsg, 'U = 1e+09 is outside the range')
        call refusing%evaluate([ieee_value(1.0_real64, ieee_quiet_nan), point(2:3)], spectrum, stat, errmsg)
        call refused(stat, errmsg, 'nan')
        call marking%evaluate([1e9_real64, point(2:3)], spectrum)
        call check(all(ieee_is_nan(spectrum)), 'outside is NaN')
        call refusing%evaluate([1e6_real64, point(2:3)], edge)
        call nearest%evaluate([1e9_real64, point(2:3)], spectrum)
        call check(all(spectrum == edge), 'outside is the edge')
    end subroutine

    subroutine test_refusals()
        type(emulator) :: dust, closed
        type(emulator_info) :: about
        real(real64) :: spectrum(m), slopes(3, m), points(3, 2), spectra(m, 2), cube(3, m, 2)
        real(real32) :: single(m), singles(m, 2)
        character(400) :: errmsg
        character(10) :: short
        integer :: stat
        points = spread(point, 2, 2)
        call closed%evaluate(point, spectrum, stat, errmsg)
        call refused(stat, errmsg, 'not open')
        call closed%describe(about, stat, errmsg)
        call refused(stat, errmsg, 'not open')
        call dust%open('thermis', stat=stat, errmsg=errmsg)
        call refused(stat, errmsg, "did you mean 'themis'")
        call check(.not. dust%is_open(), 'what failed to open is closed')
        call dust%open('themis', 9, stat, errmsg)
        call refused(stat, errmsg, 'outside = 9')
        call dust%open('themis')
        call dust%open('thermis', stat=stat)
        call check(stat == 2 .and. dust%is_open(), 'what was open stays so')
        call dust%evaluate(point(1:2), spectrum, stat, errmsg)
        call refused(stat, errmsg, 'point(2)')
        call dust%evaluate(point, spectrum(2:), stat, errmsg)
        call refused(stat, errmsg, 'spectrum(480)')
        call dust%evaluate(point(1:2), single, stat, errmsg)
        call refused(stat, errmsg, 'point(2)')
        call dust%evaluate(point, single(2:), stat, errmsg)
        call refused(stat, errmsg, 'spectrum(480)')
        call dust%evaluate(transpose(points), spectra, stat, errmsg)  ! as many numbers, another shape
        call refused(stat, errmsg, 'points(2, 3)')
        call dust%evaluate(points, spectra(:, 1:1), stat, errmsg)
        call refused(stat, errmsg, 'spectra(481, 1)')
        call dust%evaluate(transpose(points), singles, stat, errmsg)
        call refused(stat, errmsg, 'points(2, 3)')
        call dust%evaluate(points, singles(:, 1:1), stat, errmsg)
        call refused(stat, errmsg, 'spectra(481, 1)')
        call dust%evaluate_with_jacobian(point, spectrum, slopes(1:2, :), stat, errmsg)
        call refused(stat, errmsg, 'jacobian(2, 481)')
        call dust%evaluate_with_jacobian(points, spectra, cube(:, :, 1:1), stat, errmsg)
        call refused(stat, errmsg, 'jacobian(3, 481, 1)')
        call dust%evaluate(point(1:2), spectrum, stat, short)
        call check(stat == 2 .and. short == 'point(2) h', 'a short errmsg takes what fits')
        errmsg = 'untouched'
        call dust%evaluate(point, spectrum, stat, errmsg)
        call check(stat == 0 .and. errmsg == 'untouched', 'all is well: errmsg is left alone')
        call dust%close()
        call dust%close()
        call dust%evaluate(point, spectrum, stat, errmsg)
        call refused(stat, errmsg, 'not open')
    end subroutine

    subroutine test_copies()
        type(emulator) :: first, second, never
        real(real64) :: a(m), b(m)
        integer :: i
        call first%open('themis', outside_nearest)
        second = first
        call first%evaluate(point, a)
        call first%close()
        call second%evaluate([1e9_real64, point(2:3)], b)  ! what happens outside is copied too
        call check(second%is_open() .and. all(b > a), 'a copy outlives the original')
        second = second
        call check(second%is_open(), 'a copy of itself')
        second = never
        call check(.not. second%is_open(), 'a copy of what is not open')
        do i = 1, 3
            call opened_and_left()
        end do
    end subroutine

    !> The sanitizers see whether it is closed.
    subroutine opened_and_left()
        type(emulator) :: local
        call local%open('themis')
        call check(local%is_open(), 'a local emulator')
    end subroutine

    subroutine test_labels()
        type(emulator) :: lines
        type(emulator_info) :: about
        character(1000) :: path
        call get_command_argument(1, path)
        call lines%open(path)
        call lines%describe(about)
        call check(size(about%axis_values) == 0 .and. size(about%axis_labels) == 2, 'an axis of labels')
        call check(about%axis_labels(1) == 'H alpha' .and. about%axis_labels(2) == '[N II]', 'the labels')
    end subroutine

    !> Bands give what the spectrum gives through them; a copy sees the same bands.
    subroutine test_bands()
        character(9), parameter :: names(3) = [character(9) :: 'PACS_70', 'SPIRE_250', 'MIPS_24']
        type(emulator) :: dust, seen, copied
        type(emulator_info) :: about, of_dust
        real(real64) :: spectra(m, 2), fluxes(3), through(3, 2), again(3)
        integer :: stat
        character(400) :: errmsg
        call dust%open('themis')
        call dust%describe(of_dust)
        call seen%open('themis', bands=names)
        call seen%describe(about)
        call check(about%output_count == 3 .and. about%axis_labels(2) == 'SPIRE_250', 'the names of the bands')
        call dust%evaluate(point, spectra(:, 1))
        spectra(:, 2) = 2*spectra(:, 1)
        call seen%evaluate(point, fluxes)
        call ism_photometry(of_dust%axis_values, spectra, names, through)
        call check(all(abs(through(:, 1)/fluxes - 1) < 1e-12_real64), 'photometry of the spectrum')
        call check(all(abs(through(:, 2)/fluxes - 2) < 1e-12_real64), 'photometry of the second spectrum')
        copied = seen
        call seen%close()
        call copied%evaluate(point, again)
        call check(all(again == fluxes), 'a copy sees the same bands')
        call seen%open('themis', bands=['PACS_71'], stat=stat, errmsg=errmsg)
        call refused(stat, errmsg, 'PACS_70')
        call ism_photometry(of_dust%axis_values, spectra, names, through(1:2, :), stat, errmsg)
        call refused(stat, errmsg, 'of fluxes')
        call ism_photometry(of_dust%axis_values, transpose(spectra), names, through, stat, errmsg)
        call refused(stat, errmsg, 'spectra')
        call ism_photometry(of_dust%axis_values, spectra, names, through(:, 1:1), stat, errmsg)
        call refused(stat, errmsg, 'fluxes')
    end subroutine

end program
