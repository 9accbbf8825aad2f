/* ismulate from C (C99): trained emulators of the interstellar medium, spectra in microseconds.
 *
 *     ism_emulator* dust = NULL;
 *     double point[3] = {10.0, 1e7, 0.5}, spectrum[481];        // U, age [yr], amin [nm]
 *     if (ism_open("themis", ISM_REFUSE, &dust) != ISM_OK ||
 *         ism_evaluate(dust, point, 3, spectrum, 481) != ISM_OK)
 *         fprintf(stderr, "%s\n", ism_last_error());
 *     ism_close(&dust);
 *
 * Every function that can fail returns a status, the exit status of the program for the same mistake; the sentence is
 * kept for ism_last_error(). Where a call fails, nothing that it was to write is to be used.
 *
 * Arrays are row-major and come with their number of values, which is checked. Quantities are in the units that
 * ism_parameter_at() and ism_describe() tell.
 *
 * An emulator may be used from several threads at once, but not while it is being closed. Link with -lismulate.
 */
#ifndef ISM_H
#define ISM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. */
enum {
    ISM_OK = 0,
    ISM_BUG = 1,         /* a mistake of ours: please report it */
    ISM_BAD_INPUT = 2,   /* something that was passed cannot be used as it is */
    ISM_BAD_NUMBERS = 3, /* the numbers failed */
    ISM_BAD_MACHINE = 4  /* no memory, a file that cannot be read */
};

/* What happens to a point outside the box in which an emulator was trained. */
enum {
    ISM_REFUSE = 0, /* ISM_BAD_INPUT, and nothing is computed */
    ISM_NAN = 1,    /* its outputs are NaN */
    ISM_NEAREST = 2 /* the nearest point of the box is taken; the derivative across the edge is 0. NaN stays NaN */
};

/* How a quantity is spaced. */
enum { ISM_LINEAR = 0, ISM_LOG = 1 };

/* A trained emulator. */
typedef struct ism_emulator ism_emulator;

/* A parameter; the texts live as long as the emulator. */
typedef struct ism_parameter {
    const char* name;
    const char* unit; /* FITS unit string, "" for a pure number */
    const char* help; /* one sentence */
    double low;       /* smallest and largest value trained on */
    double high;
    double fallback; /* the value to take where there is no better one */
    int scale;       /* ISM_LINEAR or ISM_LOG */
} ism_parameter;

/* What an emulator says of itself; the texts and arrays live as long as the emulator. */
typedef struct ism_description {
    const char* name;
    const char* summary;            /* one sentence */
    size_t parameter_count;         /* P */
    size_t output_count;            /* M */
    const char* output_name;        /* "total" */
    const char* output_unit;        /* "erg s-1 H-1" */
    const char* output_help;        /* one sentence */
    int output_scale;               /* ISM_LINEAR or ISM_LOG */
    const char* axis_name;          /* what the outputs are spread over: "wavelength" */
    const char* axis_unit;          /* "um" */
    const double* axis_values;      /* (M), or NULL where the axis has labels only */
    const char* const* axis_labels; /* (M), or NULL where the axis has values only */
    const char* errors;             /* errors on models that training never saw, a line for each quantity */
    const char* provenance;         /* JSON text: who made it, from which data, with which settings */
} ism_description;

/* A band; the texts live as long as the program. */
typedef struct ism_band {
    const char* name;       /* "PACS_70" */
    const char* instrument; /* "PACS" */
    double wavelength;      /* where its flux is quoted [um] */
    int is_rectangle;       /* 1 where a rectangle stands in for a curve that may not be shipped */
    const char* origin;     /* of the curve */
} ism_band;

/* Version of the library, "0.1.0". */
const char* ism_version(void);

/* The sentence of the last call on this thread that failed, "" where none did; valid until the next one that fails. */
const char* ism_last_error(void);

/* Name of a built-in emulator, from 0 on; NULL behind the last. */
const char* ism_shipped(size_t index);

/* Threads that batches of more than 2000 points are shared out to, in the whole process; 0 = as many as cores. A
 * program that is parallel itself sets 1. Results do not depend on it. */
int ism_set_threads(unsigned threads);

/* Opens a built-in emulator by its name, or else the .ism file of that name. `outside` is ISM_REFUSE, ISM_NAN or
 * ISM_NEAREST. *emulator is NULL where it fails; it is to be closed otherwise. */
int ism_open(const char* name_or_file, int outside, ism_emulator** emulator);

/* The same, seen through bands: its outputs are their fluxes, nu F_nu in the output's unit, as each instrument quotes
 * them. `bands` (B) are names of bands or instruments ("PACS_70", "SPIRE") or files with a curve of your own; of an
 * emulator that knows bands, some of its own. ism_describe() then has their names as axis_labels and the wavelengths at
 * which the fluxes are quoted [um] as axis_values. */
int ism_open_bands(const char* name_or_file, int outside, const char* const* bands, size_t band_count,
                   ism_emulator** emulator);

/* Band number `index` of those that come with the library, from 0 on; ISM_BAD_INPUT behind the last. */
int ism_band_at(size_t index, ism_band* band);

/* Fluxes (N x B) in bands of spectra (N x M), both nu F_nu in any unit, on `wavelengths` (M) [um], increasing. What
 * bands weigh is worked out in each call: many spectra in one call cost less. */
int ism_photometry(const double* wavelengths, size_t wavelength_count, const double* spectra, size_t spectrum_values,
                   const char* const* bands, size_t band_count, double* fluxes, size_t flux_values);

/* Closes and sets *emulator to NULL; closing NULL does nothing. */
int ism_close(ism_emulator** emulator);

int ism_describe(const ism_emulator* emulator, ism_description* description);

/* Parameter number `index`, from 0 on, in the order in which points hold them. */
int ism_parameter_at(const ism_emulator* emulator, size_t index, ism_parameter* parameter);

/* Outputs (N x M) of the points `parameters` (N x P). */
int ism_evaluate(const ism_emulator* emulator, const double* parameters, size_t parameter_values, double* outputs,
                 size_t output_values);

/* The same with outputs in single precision: half the memory. */
int ism_evaluate_float(const ism_emulator* emulator, const double* parameters, size_t parameter_values, float* outputs,
                       size_t output_values);

/* The same with the Jacobian (N x M x P), exact, in output units per parameter unit. */
int ism_evaluate_with_jacobian(const ism_emulator* emulator, const double* parameters, size_t parameter_values,
                               double* outputs, size_t output_values, double* jacobian, size_t jacobian_values);

#ifdef __cplusplus
}
#endif

#endif /* ISM_H */
