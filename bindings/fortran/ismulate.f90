!> ismulate from Fortran: trained emulators of the interstellar medium, spectra in microseconds.
!!
!!     use ismulate, only: emulator
!!     type(emulator) :: dust
!!     real(real64) :: spectrum(481)
!!     call dust%open('themis')
!!     call dust%evaluate([10.0_real64, 1.0e7_real64, 0.5_real64], spectrum)     ! U, age [yr], amin [nm]
!!
!! Seen through bands, the outputs are their fluxes (nu F_nu, as each instrument quotes them):
!!
!!     call dust%open('themis', bands=[character(9) :: 'MIPS_24', 'PACS_70', 'SPIRE_250'])
!!
!! Arrays are in Fortran's order: points(P, N), spectra(M, N), jacobian(P, M, N), for P parameters, M outputs and N
!! points; sections with strides are welcome (the compiler copies them). Quantities are in the units that describe()
!! tells. An emulator may be used by several threads at once.
!!
!! Every procedure that can fail has the optional arguments of Fortran's own statements: stat is 0 or the status of
!! ism.h (2: something passed cannot be used, 3: the numbers failed, 4: the machine failed, 1: a mistake of ours), errmsg
!! is the sentence and is left alone where all is well. Without stat an error is written to the standard error and stops
!! the program with that status.
module ismulate
    use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_double, c_f_pointer, c_float, c_int, c_loc, &
        c_null_char, c_null_ptr, c_ptr, c_size_t
    use, intrinsic :: iso_fortran_env, only: error_unit, real32, real64
    implicit none
    private

    public :: emulator, emulator_info, parameter_info
    public :: ism_version, ism_shipped, ism_set_threads, ism_photometry

    !> What happens to a point outside the box in which an emulator was trained.
    integer, parameter, public :: outside_refuse = 0   !< an error, and nothing is computed
    integer, parameter, public :: outside_nan = 1      !< its outputs are NaN
    integer, parameter, public :: outside_nearest = 2  !< the nearest point of the box is taken; NaN stays NaN

    integer, parameter :: bad_input = 2  ! ISM_BAD_INPUT of ism.h
    integer, parameter :: log_scale = 1  ! ISM_LOG

    !> A parameter, as it was declared.
    type :: parameter_info
        character(:), allocatable :: name
        character(:), allocatable :: unit  !< FITS unit string, '' for a pure number
        character(:), allocatable :: help  !< one sentence
        real(real64) :: low = 0            !< smallest value trained on [unit]
        real(real64) :: high = 0           !< largest value trained on [unit]
        real(real64) :: fallback = 0       !< the value to take where there is no better one [unit]
        logical :: is_log = .false.        !< spaced in its logarithm
    end type

    !> What an emulator says of itself.
    type :: emulator_info
        character(:), allocatable :: name
        character(:), allocatable :: summary             !< one sentence
        type(parameter_info), allocatable :: parameters(:)  !< (P), in the order in which points hold them
        integer :: parameter_count = 0                   !< P
        integer :: output_count = 0                      !< M
        character(:), allocatable :: output_name         !< 'total'
        character(:), allocatable :: output_unit         !< 'erg s-1 H-1'
        character(:), allocatable :: output_help         !< one sentence
        logical :: output_is_log = .false.
        character(:), allocatable :: axis_name           !< what the outputs are spread over: 'wavelength'
        character(:), allocatable :: axis_unit           !< 'um'
        real(real64), allocatable :: axis_values(:)      !< (M) [axis_unit]; of size 0 where the axis has labels only
        character(:), allocatable :: axis_labels(:)      !< (M), blank-padded; of size 0 where it has values only
        character(:), allocatable :: errors              !< errors on models that training never saw, one line each
        character(:), allocatable :: provenance          !< JSON text: who made it, from which data
    end type

    !> A trained emulator. A copy by assignment is an emulator of its own; what goes out of scope is closed.
    type :: emulator
        private
        type(c_ptr) :: handle = c_null_ptr
        character(:), allocatable :: name
        integer :: outside = outside_refuse
        character(:), allocatable :: bands(:)  ! through which it is seen; not allocated: not at all
        integer :: p = 0  ! parameters
        integer :: m = 0  ! outputs
    contains
        procedure, public :: open => open_emulator
        procedure, public :: close => close_emulator
        procedure, public :: is_open
        procedure, public :: describe
        generic, public :: evaluate => evaluate_point, evaluate_points, evaluate_point_single, evaluate_points_single
        generic, public :: evaluate_with_jacobian => jacobian_point, jacobian_points
        generic, public :: assignment(=) => copy
        procedure :: evaluate_point, evaluate_points, evaluate_point_single, evaluate_points_single
        procedure :: jacobian_point, jacobian_points
        procedure :: copy
        final :: finish
    end type

    type, bind(c) :: c_parameter
        type(c_ptr) :: name, unit, help
        real(c_double) :: low, high, fallback
        integer(c_int) :: scale
    end type

    type, bind(c) :: c_description
        type(c_ptr) :: name, summary
        integer(c_size_t) :: parameter_count, output_count
        type(c_ptr) :: output_name, output_unit, output_help
        integer(c_int) :: output_scale
        type(c_ptr) :: axis_name, axis_unit, axis_values, axis_labels, errors, provenance
    end type

    interface
        function c_strlen(text) bind(c, name='strlen') result(length)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: text
            integer(c_size_t) :: length
        end function

        function c_version() bind(c, name='ism_version') result(text)
            import :: c_ptr
            type(c_ptr) :: text
        end function

        function c_last_error() bind(c, name='ism_last_error') result(text)
            import :: c_ptr
            type(c_ptr) :: text
        end function

        function c_shipped(index) bind(c, name='ism_shipped') result(text)
            import :: c_ptr, c_size_t
            integer(c_size_t), value :: index
            type(c_ptr) :: text
        end function

        function c_set_threads(threads) bind(c, name='ism_set_threads') result(status)
            import :: c_int
            integer(c_int), value :: threads
            integer(c_int) :: status
        end function

        function c_open(name, outside, handle) bind(c, name='ism_open') result(status)
            import :: c_char, c_int, c_ptr
            character(kind=c_char), intent(in) :: name(*)
            integer(c_int), value :: outside
            type(c_ptr), intent(out) :: handle
            integer(c_int) :: status
        end function

        function c_open_bands(name, outside, bands, band_count, handle) bind(c, name='ism_open_bands') result(status)
            import :: c_char, c_int, c_ptr, c_size_t
            character(kind=c_char), intent(in) :: name(*)
            integer(c_int), value :: outside
            type(c_ptr), intent(in) :: bands(*)
            integer(c_size_t), value :: band_count
            type(c_ptr), intent(out) :: handle
            integer(c_int) :: status
        end function

        function c_photometry(wavelengths, wavelength_count, spectra, spectrum_values, bands, band_count, fluxes, &
                flux_values) bind(c, name='ism_photometry') result(status)
            import :: c_double, c_int, c_ptr, c_size_t
            real(c_double), intent(in) :: wavelengths(*), spectra(*)
            integer(c_size_t), value :: wavelength_count, spectrum_values
            type(c_ptr), intent(in) :: bands(*)
            integer(c_size_t), value :: band_count
            real(c_double), intent(inout) :: fluxes(*)
            integer(c_size_t), value :: flux_values
            integer(c_int) :: status
        end function

        function c_close(handle) bind(c, name='ism_close') result(status)
            import :: c_int, c_ptr
            type(c_ptr), intent(inout) :: handle
            integer(c_int) :: status
        end function

        function c_describe(handle, description) bind(c, name='ism_describe') result(status)
            import :: c_description, c_int, c_ptr
            type(c_ptr), value :: handle
            type(c_description), intent(out) :: description
            integer(c_int) :: status
        end function

        function c_parameter_at(handle, index, told) bind(c, name='ism_parameter_at') result(status)
            import :: c_int, c_parameter, c_ptr, c_size_t
            type(c_ptr), value :: handle
            integer(c_size_t), value :: index
            type(c_parameter), intent(out) :: told
            integer(c_int) :: status
        end function

        function c_evaluate(handle, parameters, parameter_values, outputs, output_values) &
                bind(c, name='ism_evaluate') result(status)
            import :: c_double, c_int, c_ptr, c_size_t
            type(c_ptr), value :: handle
            real(c_double), intent(in) :: parameters(*)
            integer(c_size_t), value :: parameter_values
            real(c_double), intent(inout) :: outputs(*)
            integer(c_size_t), value :: output_values
            integer(c_int) :: status
        end function

        function c_evaluate_float(handle, parameters, parameter_values, outputs, output_values) &
                bind(c, name='ism_evaluate_float') result(status)
            import :: c_double, c_float, c_int, c_ptr, c_size_t
            type(c_ptr), value :: handle
            real(c_double), intent(in) :: parameters(*)
            integer(c_size_t), value :: parameter_values
            real(c_float), intent(inout) :: outputs(*)
            integer(c_size_t), value :: output_values
            integer(c_int) :: status
        end function

        function c_evaluate_with_jacobian(handle, parameters, parameter_values, outputs, output_values, jacobian, &
                jacobian_values) bind(c, name='ism_evaluate_with_jacobian') result(status)
            import :: c_double, c_int, c_ptr, c_size_t
            type(c_ptr), value :: handle
            real(c_double), intent(in) :: parameters(*)
            integer(c_size_t), value :: parameter_values
            real(c_double), intent(inout) :: outputs(*)
            integer(c_size_t), value :: output_values
            real(c_double), intent(inout) :: jacobian(*)
            integer(c_size_t), value :: jacobian_values
            integer(c_int) :: status
        end function
    end interface

contains

    !> Version of the library, '0.1.0'.
    function ism_version() result(text)
        character(:), allocatable :: text
        text = text_of(c_version())
    end function

    !> Name of built-in emulator number i, from 1 on; '' behind the last.
    function ism_shipped(i) result(text)
        integer, intent(in) :: i
        character(:), allocatable :: text
        type(c_ptr) :: name
        text = ''
        if (i < 1) return
        name = c_shipped(int(i - 1, c_size_t))
        if (c_associated(name)) text = text_of(name)
    end function

    !> Threads that batches of more than 2000 points are shared out to, in the whole process; 0 = as many as cores. A
    !! program that is parallel itself sets 1. Results do not depend on it.
    subroutine ism_set_threads(threads, stat, errmsg)
        integer, intent(in) :: threads
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (threads < 0) then
            call tell(bad_input, 'ism_set_threads: threads = '//decimal(threads)//' is negative', stat, errmsg)
        else
            call tell_last(c_set_threads(int(threads, c_int)), stat, errmsg)
        end if
    end subroutine

    !> Opens a built-in emulator by its name, or else the .ism file of that name. What was open before is closed once
    !! the new one is there.
    subroutine open_emulator(self, name, outside, stat, errmsg, bands)
        class(emulator), intent(inout) :: self
        character(*), intent(in) :: name
        integer, intent(in), optional :: outside  !< outside_refuse (the default), outside_nan or outside_nearest
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        character(*), intent(in), optional :: bands(:)  !< bands, instruments or files: the outputs are their fluxes
        type(c_description) :: told
        type(c_ptr) :: opened
        integer(c_int) :: status
        integer :: choice
        choice = outside_refuse
        if (present(outside)) choice = outside
        if (present(bands)) then
            status = opened_through(name, choice, bands, opened)
        else
            status = c_open(trim(name)//c_null_char, int(choice, c_int), opened)
        end if
        if (status == 0) status = c_describe(opened, told)
        call tell_last(status, stat, errmsg)
        if (status /= 0) return
        call self%close()
        self%handle = opened
        self%name = trim(name)
        self%outside = choice
        if (allocated(self%bands)) deallocate (self%bands)
        if (present(bands)) self%bands = bands
        self%p = int(told%parameter_count)
        self%m = int(told%output_count)
    end subroutine

    function opened_through(name, outside, bands, opened) result(status)
        character(*), intent(in) :: name, bands(:)
        integer, intent(in) :: outside
        type(c_ptr), intent(out) :: opened
        integer(c_int) :: status
        character(len(bands) + 1, c_char), target :: texts(size(bands))
        texts = ended(bands)
        status = c_open_bands(trim(name)//c_null_char, int(outside, c_int), pointers_to(texts), &
            size(bands, kind=c_size_t), opened)
    end function

    !> Closes; an emulator that is not open stays so.
    subroutine close_emulator(self)
        class(emulator), intent(inout) :: self
        integer(c_int) :: status
        status = c_close(self%handle)
        call tell_last(status)
        self%p = 0
        self%m = 0
    end subroutine

    function is_open(self)
        class(emulator), intent(in) :: self
        logical :: is_open
        is_open = c_associated(self%handle)
    end function

    subroutine describe(self, info, stat, errmsg)
        class(emulator), intent(in) :: self
        type(emulator_info), intent(out) :: info
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        type(c_description) :: told
        integer(c_int) :: status
        integer :: i
        if (refused_closed(self, 'describe', stat, errmsg)) return
        status = c_describe(self%handle, told)
        call tell_last(status, stat, errmsg)
        if (status /= 0) return
        info%name = text_of(told%name)
        info%summary = text_of(told%summary)
        info%parameter_count = self%p
        info%output_count = self%m
        info%output_name = text_of(told%output_name)
        info%output_unit = text_of(told%output_unit)
        info%output_help = text_of(told%output_help)
        info%output_is_log = told%output_scale == log_scale
        info%axis_name = text_of(told%axis_name)
        info%axis_unit = text_of(told%axis_unit)
        info%axis_values = values_of(told%axis_values, self%m)
        info%axis_labels = labels_of(told%axis_labels, self%m)
        info%errors = text_of(told%errors)
        info%provenance = text_of(told%provenance)
        allocate (info%parameters(self%p))
        do i = 1, self%p
            info%parameters(i) = parameter_of(self%handle, i)
        end do
    end subroutine

    !> Outputs (M) of one point (P).
    subroutine evaluate_point(self, point, spectrum, stat, errmsg)
        class(emulator), intent(in) :: self
        real(real64), intent(in) :: point(:)
        real(real64), intent(inout) :: spectrum(:)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (refused_closed(self, 'evaluate', stat, errmsg)) return
        if (refused_shape('point', [size(point)], [self%p], stat, errmsg)) return
        if (refused_shape('spectrum', [size(spectrum)], [self%m], stat, errmsg)) return
        call tell_last(c_evaluate(self%handle, point, size(point, kind=c_size_t), spectrum, &
            size(spectrum, kind=c_size_t)), stat, errmsg)
    end subroutine

    !> Outputs (M, N) of the points (P, N).
    subroutine evaluate_points(self, points, spectra, stat, errmsg)
        class(emulator), intent(in) :: self
        real(real64), intent(in) :: points(:, :)
        real(real64), intent(inout) :: spectra(:, :)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (refused_closed(self, 'evaluate', stat, errmsg)) return
        if (refused_shape('points', shape(points), [self%p, size(points, 2)], stat, errmsg)) return
        if (refused_shape('spectra', shape(spectra), [self%m, size(points, 2)], stat, errmsg)) return
        call tell_last(c_evaluate(self%handle, points, size(points, kind=c_size_t), spectra, &
            size(spectra, kind=c_size_t)), stat, errmsg)
    end subroutine

    !> Outputs (M) of one point (P), in single precision.
    subroutine evaluate_point_single(self, point, spectrum, stat, errmsg)
        class(emulator), intent(in) :: self
        real(real64), intent(in) :: point(:)
        real(real32), intent(inout) :: spectrum(:)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (refused_closed(self, 'evaluate', stat, errmsg)) return
        if (refused_shape('point', [size(point)], [self%p], stat, errmsg)) return
        if (refused_shape('spectrum', [size(spectrum)], [self%m], stat, errmsg)) return
        call tell_last(c_evaluate_float(self%handle, point, size(point, kind=c_size_t), spectrum, &
            size(spectrum, kind=c_size_t)), stat, errmsg)
    end subroutine

    !> Outputs (M, N) of the points (P, N), in single precision: half the memory.
    subroutine evaluate_points_single(self, points, spectra, stat, errmsg)
        class(emulator), intent(in) :: self
        real(real64), intent(in) :: points(:, :)
        real(real32), intent(inout) :: spectra(:, :)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (refused_closed(self, 'evaluate', stat, errmsg)) return
        if (refused_shape('points', shape(points), [self%p, size(points, 2)], stat, errmsg)) return
        if (refused_shape('spectra', shape(spectra), [self%m, size(points, 2)], stat, errmsg)) return
        call tell_last(c_evaluate_float(self%handle, points, size(points, kind=c_size_t), spectra, &
            size(spectra, kind=c_size_t)), stat, errmsg)
    end subroutine

    !> Outputs (M) of one point (P) and their exact derivatives (P, M), in output units per parameter unit.
    subroutine jacobian_point(self, point, spectrum, jacobian, stat, errmsg)
        class(emulator), intent(in) :: self
        real(real64), intent(in) :: point(:)
        real(real64), intent(inout) :: spectrum(:)
        real(real64), intent(inout) :: jacobian(:, :)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (refused_closed(self, 'evaluate_with_jacobian', stat, errmsg)) return
        if (refused_shape('point', [size(point)], [self%p], stat, errmsg)) return
        if (refused_shape('spectrum', [size(spectrum)], [self%m], stat, errmsg)) return
        if (refused_shape('jacobian', shape(jacobian), [self%p, self%m], stat, errmsg)) return
        call tell_last(c_evaluate_with_jacobian(self%handle, point, size(point, kind=c_size_t), spectrum, &
            size(spectrum, kind=c_size_t), jacobian, size(jacobian, kind=c_size_t)), stat, errmsg)
    end subroutine

    !> Outputs (M, N) of the points (P, N) and their exact derivatives (P, M, N).
    subroutine jacobian_points(self, points, spectra, jacobian, stat, errmsg)
        class(emulator), intent(in) :: self
        real(real64), intent(in) :: points(:, :)
        real(real64), intent(inout) :: spectra(:, :)
        real(real64), intent(inout) :: jacobian(:, :, :)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (refused_closed(self, 'evaluate_with_jacobian', stat, errmsg)) return
        if (refused_shape('points', shape(points), [self%p, size(points, 2)], stat, errmsg)) return
        if (refused_shape('spectra', shape(spectra), [self%m, size(points, 2)], stat, errmsg)) return
        if (refused_shape('jacobian', shape(jacobian), [self%p, self%m, size(points, 2)], stat, errmsg)) return
        call tell_last(c_evaluate_with_jacobian(self%handle, points, size(points, kind=c_size_t), spectra, &
            size(spectra, kind=c_size_t), jacobian, size(jacobian, kind=c_size_t)), stat, errmsg)
    end subroutine

    !> The copy opens the same emulator once more, so that each can be closed alone.
    subroutine copy(self, other)
        class(emulator), intent(inout) :: self
        class(emulator), intent(in) :: other
        type(emulator) :: before  ! self may be other
        if (other%is_open()) then
            before%name = other%name
            before%outside = other%outside
            if (allocated(other%bands)) before%bands = other%bands
            call self%open(before%name, before%outside, bands=before%bands)  ! what is not allocated is not present
        else
            call self%close()
        end if
    end subroutine

    subroutine finish(self)
        type(emulator), intent(inout) :: self
        call self%close()
    end subroutine

    !> Fluxes (B, N) in bands of spectra (M, N), both nu F_nu in any unit, on wavelengths (M) [um], increasing.
    subroutine ism_photometry(wavelengths, spectra, bands, fluxes, stat, errmsg)
        real(real64), intent(in) :: wavelengths(:), spectra(:, :)
        character(*), intent(in) :: bands(:)  !< names of bands or instruments, or files with a curve
        real(real64), intent(inout) :: fluxes(:, :)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        character(len(bands) + 1, c_char), target :: texts(size(bands))
        if (refused_shape('spectra', shape(spectra), [size(wavelengths), size(spectra, 2)], stat, errmsg)) return
        if (refused_shape('fluxes', [size(fluxes, 2)], [size(spectra, 2)], stat, errmsg)) return
        texts = ended(bands)
        call tell_last(c_photometry(wavelengths, size(wavelengths, kind=c_size_t), spectra, &
            size(spectra, kind=c_size_t), pointers_to(texts), size(bands, kind=c_size_t), fluxes, &
            size(fluxes, kind=c_size_t)), stat, errmsg)
    end subroutine

    ! ---- errors ----------------------------------------------------------------------------------------------------

    !> What a failure means to the caller: stat and errmsg where he gave them, else the end of the program.
    subroutine tell(status, text, stat, errmsg)
        integer, intent(in) :: status
        character(*), intent(in) :: text
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (present(stat)) stat = status
        if (status == 0) return
        if (present(errmsg)) errmsg = text
        if (present(stat)) return
        write (error_unit, '(2a)') 'ismulate: ', text
        error stop status, quiet=.true.
    end subroutine

    !> The same for the status of a call of the C face.
    subroutine tell_last(status, stat, errmsg)
        integer(c_int), intent(in) :: status
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        if (status == 0) then
            if (present(stat)) stat = 0
        else
            call tell(int(status), text_of(c_last_error()), stat, errmsg)
        end if
    end subroutine

    function refused_closed(self, procedure_name, stat, errmsg) result(refused)
        class(emulator), intent(in) :: self
        character(*), intent(in) :: procedure_name
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        logical :: refused
        refused = .not. self%is_open()
        if (refused) call tell(bad_input, procedure_name//': the emulator is not open; nothing was computed'// &
            new_line('a')//"  call open('themis') or another name first", stat, errmsg)
    end function

    function refused_shape(what, found, allowed, stat, errmsg) result(refused)
        character(*), intent(in) :: what
        integer, intent(in) :: found(:), allowed(:)
        integer, intent(out), optional :: stat
        character(*), intent(inout), optional :: errmsg
        logical :: refused
        refused = any(found /= allowed)
        if (refused) call tell(bad_input, what//shape_text(found)//' has another shape than the emulator needs'// &
            new_line('a')//'  allowed: '//what//shape_text(allowed)//new_line('a')//'  nothing was computed', stat, errmsg)
    end function

    ! ---- texts and arrays of C -------------------------------------------------------------------------------------

    function decimal(number) result(text)
        integer, intent(in) :: number
        character(:), allocatable :: text
        character(20) :: buffer
        write (buffer, '(i0)') number
        text = trim(buffer)
    end function

    !> '(3, 100)'
    function shape_text(extents) result(text)
        integer, intent(in) :: extents(:)
        character(:), allocatable :: text
        integer :: i
        text = '('
        do i = 1, size(extents)
            if (i > 1) text = text//', '
            text = text//decimal(extents(i))
        end do
        text = text//')'
    end function

    !> The texts without blanks behind, each with the end that C wants.
    function ended(texts) result(c_texts)
        character(*), intent(in) :: texts(:)
        character(len(texts) + 1, c_char) :: c_texts(size(texts))
        integer :: i
        do i = 1, size(texts)
            c_texts(i) = trim(texts(i))//c_null_char
        end do
    end function

    function pointers_to(texts) result(pointers)
        character(*, c_char), intent(in), target :: texts(:)
        type(c_ptr) :: pointers(size(texts))
        integer :: i
        do i = 1, size(texts)
            pointers(i) = c_loc(texts(i))
        end do
    end function

    function text_of(pointer) result(text)
        type(c_ptr), intent(in) :: pointer
        character(:), allocatable :: text
        character(kind=c_char), pointer :: letters(:)
        integer :: i
        call c_f_pointer(pointer, letters, [c_strlen(pointer)])
        allocate (character(size(letters)) :: text)
        do i = 1, size(letters)
            text(i:i) = letters(i)
        end do
    end function

    function values_of(pointer, count) result(values)
        type(c_ptr), intent(in) :: pointer
        integer, intent(in) :: count
        real(real64), allocatable :: values(:)
        real(c_double), pointer :: numbers(:)
        allocate (values(0))
        if (.not. c_associated(pointer)) return
        call c_f_pointer(pointer, numbers, [count])
        values = numbers
    end function

    function labels_of(pointer, count) result(labels)
        type(c_ptr), intent(in) :: pointer
        integer, intent(in) :: count
        character(:), allocatable :: labels(:)
        type(c_ptr), pointer :: texts(:)
        integer :: i, longest
        if (.not. c_associated(pointer)) then
            allocate (character(0) :: labels(0))
            return
        end if
        call c_f_pointer(pointer, texts, [count])
        longest = maxval([(int(c_strlen(texts(i))), i=1, count)])
        allocate (character(longest) :: labels(count))
        do i = 1, count
            labels(i) = text_of(texts(i))
        end do
    end function

    function parameter_of(handle, i) result(info)
        type(c_ptr), intent(in) :: handle
        integer, intent(in) :: i
        type(parameter_info) :: info
        type(c_parameter) :: told
        call tell_last(c_parameter_at(handle, int(i - 1, c_size_t), told))
        info%name = text_of(told%name)
        info%unit = text_of(told%unit)
        info%help = text_of(told%help)
        info%low = told%low
        info%high = told%high
        info%fallback = told%fallback
        info%is_log = told%scale == log_scale
    end function

end module
