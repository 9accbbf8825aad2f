/* Every function of ism.h, and every mistake that C allows, from C99: ism_face SOURCE_FOLDER. */
#include <ism.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P = 3, M = 481, N = 5 };

static int failures = 0;

/* Counts a condition that does not hold; the program's status is not 0 then. */
static void check(int holds, const char* what, int line) {
    if (holds) return;
    failures++;
    printf("line %d: %s\n  last error: %s\n", line, what, ism_last_error());
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

/* The call is refused with this status, and the sentence holds both words. */
static void refused(int status, int expected, const char* word, const char* other, int line) {
    check(status == expected, "the status is another", line);
    check(strstr(ism_last_error(), word) != NULL, word, line);
    check(strstr(ism_last_error(), other) != NULL, other, line);
}
#define REFUSED(call, word, other) refused((call), ISM_BAD_INPUT, (word), (other), __LINE__)

static const double point[P] = {10.0, 1e7, 0.5};

static ism_emulator* opened(int outside) {
    ism_emulator* emulator = NULL;
    if (ism_open("themis", outside, &emulator) != ISM_OK) {
        printf("themis cannot be opened: %s\n", ism_last_error());
        exit(1);
    }
    return emulator;
}

static void test_library(void) {
    size_t major = 0;
    CHECK(strcmp(ism_last_error(), "") == 0); /* nothing has failed so far */
    CHECK(sscanf(ism_version(), "%zu.", &major) == 1);
    CHECK(strcmp(ism_shipped(0), "meudon_co") == 0 && strcmp(ism_shipped(1), "themis") == 0);
    CHECK(ism_shipped(1000) == NULL);
    CHECK(ism_set_threads(2) == ISM_OK);
}

static void test_open(const char* source) {
    ism_emulator* emulator = (ism_emulator*)&failures; /* must not stay what it was */
    char path[1000];
    REFUSED(ism_open(NULL, ISM_REFUSE, &emulator), "name_or_file is NULL", "ism_open");
    CHECK(emulator == NULL);
    REFUSED(ism_open("themis", ISM_REFUSE, NULL), "emulator is NULL", "ism_open");
    REFUSED(ism_open("themis", 7, &emulator), "outside = 7", "ISM_NEAREST");
    REFUSED(ism_open("thermis", ISM_REFUSE, &emulator), "thermis", "did you mean 'themis'");
    REFUSED(ism_open("", ISM_REFUSE, &emulator), "no emulator", "themis");
    snprintf(path, sizeof path, "%s/fuzz/corpus/ism/truncated.ism", source);
    REFUSED(ism_open(path, ISM_REFUSE, &emulator), "truncated.ism", "");
    snprintf(path, sizeof path, "%s/README.md", source);
    REFUSED(ism_open(path, ISM_REFUSE, &emulator), "README.md", "");
    CHECK(ism_open(source, ISM_REFUSE, &emulator) >= ISM_BAD_INPUT); /* a folder */
    CHECK(emulator == NULL);
    snprintf(path, sizeof path, "%s/models/themis.ism", source);
    CHECK(ism_open(path, ISM_REFUSE, &emulator) == ISM_OK);
    CHECK(emulator != NULL);
    CHECK(ism_close(&emulator) == ISM_OK);
    CHECK(emulator == NULL);
    CHECK(ism_close(&emulator) == ISM_OK); /* twice is once */
    REFUSED(ism_close(NULL), "emulator is NULL", "ism_close");
}

static void test_describe(void) {
    ism_emulator* emulator = opened(ISM_REFUSE);
    ism_description told;
    ism_parameter parameter;
    CHECK(ism_describe(emulator, &told) == ISM_OK);
    CHECK(strcmp(told.name, "themis") == 0 && strlen(told.summary) > 10);
    CHECK(told.parameter_count == P && told.output_count == M);
    CHECK(strcmp(told.output_name, "total") == 0 && strcmp(told.output_unit, "erg s-1 H-1") == 0);
    CHECK(strlen(told.output_help) > 10 && told.output_scale == ISM_LOG);
    CHECK(strcmp(told.axis_name, "wavelength") == 0 && strcmp(told.axis_unit, "um") == 0);
    CHECK(told.axis_labels == NULL && told.axis_values != NULL);
    CHECK(fabs(told.axis_values[0] - 0.5) < 1e-9 && fabs(told.axis_values[M - 1] - 3000.0) < 1e-6);
    CHECK(strstr(told.errors, "median") != NULL && strstr(told.errors, "maximum") != NULL);
    CHECK(told.provenance[0] == '{' && strstr(told.provenance, "\"version\"") != NULL);
    CHECK(ism_parameter_at(emulator, 1, &parameter) == ISM_OK);
    CHECK(strcmp(parameter.name, "age") == 0 && strcmp(parameter.unit, "yr") == 0 && strlen(parameter.help) > 5);
    CHECK(parameter.low == 1e6 && parameter.high == 1e10 && parameter.scale == ISM_LOG);
    CHECK(parameter.fallback >= parameter.low && parameter.fallback <= parameter.high);
    REFUSED(ism_describe(NULL, &told), "emulator is NULL", "ism_describe");
    REFUSED(ism_describe(emulator, NULL), "description is NULL", "ism_describe");
    REFUSED(ism_parameter_at(emulator, P, &parameter), "no parameter number 3", "0 .. 2");
    REFUSED(ism_parameter_at(NULL, 0, &parameter), "emulator is NULL", "ism_parameter_at");
    REFUSED(ism_parameter_at(emulator, 0, NULL), "parameter is NULL", "ism_parameter_at");
    ism_close(&emulator);
}

static void test_evaluate(void) {
    ism_emulator* emulator = opened(ISM_REFUSE);
    double points[N * P], one[M], many[N * M], with[M], slopes[M * P], stepped[M];
    float single[M];
    size_t i, worst = 0;
    for (i = 0; i < N * P; i++) points[i] = point[i % P];
    points[3 * P] = 1e5;
    CHECK(ism_evaluate(emulator, point, P, one, M) == ISM_OK);
    CHECK(ism_evaluate(emulator, points, N * P, many, N * M) == ISM_OK);
    CHECK(memcmp(many + 4 * M, one, sizeof one) == 0); /* the same bits alone and in a batch */
    CHECK(many[3 * M + 200] > one[200]);
    CHECK(ism_evaluate_float(emulator, point, P, single, M) == ISM_OK);
    for (i = 0; i < M; i++) {
        if (!(fabs(single[i] - one[i]) <= 1e-6 * one[i])) worst++;
    }
    CHECK(worst == 0);
    CHECK(ism_evaluate_with_jacobian(emulator, point, P, with, M, slopes, M * P) == ISM_OK);
    CHECK(memcmp(with, one, sizeof one) == 0);
    points[0] = 10.1;
    CHECK(ism_evaluate(emulator, points, P, stepped, M) == ISM_OK);
    for (i = 100; i < M; i++) { /* d ln y / d ln U is of order one there */
        if (!(fabs((stepped[i] - one[i]) / 0.1 - slopes[i * P]) < 0.02 * fabs(slopes[i * P]))) worst++;
    }
    CHECK(worst == 0);
    CHECK(ism_evaluate(emulator, NULL, 0, NULL, 0) == ISM_OK); /* no points, nothing to do */
    ism_close(&emulator);
}

static void test_refused_arrays(void) {
    ism_emulator* emulator = opened(ISM_REFUSE);
    double y[M], dy[M * P];
    float single[M];
    REFUSED(ism_evaluate(NULL, point, P, y, M), "emulator is NULL", "ism_evaluate");
    REFUSED(ism_evaluate(emulator, NULL, P, y, M), "parameters is NULL", "ism_evaluate");
    REFUSED(ism_evaluate(emulator, point, P, NULL, M), "outputs is NULL", "ism_evaluate");
    REFUSED(ism_evaluate(emulator, point, P - 1, y, M), "2 parameter values", "N x 3");
    REFUSED(ism_evaluate(emulator, point, P, y, M - 1), "480 outputs", "N x 481");
    REFUSED(ism_evaluate(emulator, point, (size_t)-1, y, M), "parameter values", "N x 3");
    REFUSED(ism_evaluate_float(NULL, point, P, single, M), "emulator is NULL", "ism_evaluate_float");
    REFUSED(ism_evaluate_float(emulator, NULL, P, single, M), "parameters is NULL", "ism_evaluate_float");
    REFUSED(ism_evaluate_float(emulator, point, P, NULL, M), "outputs is NULL", "ism_evaluate_float");
    REFUSED(ism_evaluate_float(emulator, point, P, single, 1), "1 outputs", "N x 481");
    REFUSED(ism_evaluate_with_jacobian(NULL, point, P, y, M, dy, M * P), "emulator is NULL", "jacobian");
    REFUSED(ism_evaluate_with_jacobian(emulator, NULL, P, y, M, dy, M * P), "parameters is NULL", "jacobian");
    REFUSED(ism_evaluate_with_jacobian(emulator, point, P, NULL, M, dy, M * P), "outputs is NULL", "jacobian");
    REFUSED(ism_evaluate_with_jacobian(emulator, point, P, y, M, NULL, M * P), "jacobian is NULL", "jacobian");
    REFUSED(ism_evaluate_with_jacobian(emulator, point, P, y, M, dy, M), "481 derivatives", "1443");
    ism_close(&emulator);
}

static void test_outside(void) {
    const double bad[3][P] = {{1e9, 1e7, 0.5}, {NAN, 1e7, 0.5}, {10.0, INFINITY, 0.5}};
    const double edge[P] = {1e6, 1e7, 0.5};
    ism_emulator *refusing = opened(ISM_REFUSE), *marking = opened(ISM_NAN), *nearest = opened(ISM_NEAREST);
    double y[M], dy[M * P], at_edge[M];
    size_t i;
    for (i = 0; i < 3; i++) {
        REFUSED(ism_evaluate(refusing, bad[i], P, y, M), "is outside the range", "nothing was computed");
        REFUSED(ism_evaluate_with_jacobian(refusing, bad[i], P, y, M, dy, M * P), "is outside the range", "allowed");
        CHECK(ism_evaluate_with_jacobian(marking, bad[i], P, y, M, dy, M * P) == ISM_OK);
        CHECK(isnan(y[0]) && isnan(y[M - 1]) && isnan(dy[0]) && isnan(dy[M * P - 1]));
    }
    CHECK(ism_evaluate(refusing, edge, P, at_edge, M) == ISM_OK);
    CHECK(ism_evaluate_with_jacobian(nearest, bad[0], P, y, M, dy, M * P) == ISM_OK);
    CHECK(memcmp(y, at_edge, sizeof y) == 0 && dy[0] == 0.0);
    CHECK(ism_evaluate(nearest, bad[1], P, y, M) == ISM_OK && isnan(y[0]));
    ism_close(&refusing);
    ism_close(&marking);
    ism_close(&nearest);
}

/* Bands give what the spectrum gives through them; every mistake has its sentence. */
static void test_bands(void) {
    const char* names[3] = {"PACS_70", "SPIRE_250", "MIPS_24"};
    const char* unknown[1] = {"PACS_71"};
    const char* hole[2] = {"PACS_70", NULL};
    ism_emulator *dust = opened(ISM_REFUSE), *seen = NULL;
    ism_description told, of_dust;
    ism_band band;
    double spectrum[M], fluxes[3], through[3], jacobian[3 * P], moved[3], shifted[P];
    float single[3];
    size_t i, count = 0;
    CHECK(ism_open_bands("themis", ISM_REFUSE, names, 3, &seen) == ISM_OK);
    CHECK(ism_describe(seen, &told) == ISM_OK && ism_describe(dust, &of_dust) == ISM_OK);
    CHECK(told.output_count == 3 && told.parameter_count == P);
    CHECK(strcmp(told.axis_labels[1], "SPIRE_250") == 0 && fabs(told.axis_values[1] - 250) < 1);
    CHECK(ism_evaluate(dust, point, P, spectrum, M) == ISM_OK);
    CHECK(ism_evaluate(seen, point, P, fluxes, 3) == ISM_OK);
    CHECK(ism_photometry(of_dust.axis_values, M, spectrum, M, names, 3, through, 3) == ISM_OK);
    CHECK(ism_evaluate_float(seen, point, P, single, 3) == ISM_OK);
    for (i = 0; i < 3; i++) {
        CHECK(fabs(through[i] / fluxes[i] - 1) < 1e-12);
        CHECK(fabs(single[i] / fluxes[i] - 1) < 1e-6);
    }
    CHECK(ism_evaluate_with_jacobian(seen, point, P, moved, 3, jacobian, 3 * P) == ISM_OK);
    memcpy(shifted, point, sizeof shifted);
    shifted[0] *= 1.001;
    CHECK(ism_evaluate(seen, shifted, P, moved, 3) == ISM_OK);
    for (i = 0; i < 3; i++) CHECK(fabs((moved[i] - fluxes[i]) / (0.001 * point[0]) / jacobian[i * P] - 1) < 0.01);
    while (ism_band_at(count, &band) == ISM_OK) count++;
    CHECK(count >= 86);
    REFUSED(ism_band_at(count, &band), "no band number", "ism_band_at");
    REFUSED(ism_band_at(0, NULL), "band is NULL", "ism_band_at");
    CHECK(ism_close(&seen) == ISM_OK);
    REFUSED(ism_open_bands("themis", ISM_REFUSE, unknown, 1, &seen), "PACS_71", "PACS_70");
    CHECK(seen == NULL);
    REFUSED(ism_open_bands("themis", ISM_REFUSE, hole, 2, &seen), "is NULL", "ism_open_bands");
    REFUSED(ism_open_bands("themis", ISM_REFUSE, names, 0, &seen), "no band", "at least one");
    REFUSED(ism_open_bands("themis", ISM_REFUSE, NULL, 2, &seen), "bands is NULL", "ism_open_bands");
    REFUSED(ism_open_bands("themis", 7, names, 3, &seen), "outside = 7", "ISM_NAN");
    REFUSED(ism_open_bands("themis", ISM_REFUSE, names, 3, NULL), "emulator is NULL", "ism_open_bands");
    REFUSED(ism_photometry(of_dust.axis_values, M, spectrum, M - 1, names, 3, through, 3), "values of spectra", "N x ");
    REFUSED(ism_photometry(of_dust.axis_values, M, spectrum, M, names, 3, through, 2), "of fluxes", "N x 3");
    REFUSED(ism_photometry(of_dust.axis_values, 20, spectrum, 20, names, 3, through, 3), "PACS_70", "");
    REFUSED(ism_photometry(NULL, M, spectrum, M, names, 3, through, 3), "wavelengths is NULL", "ism_photometry");
    ism_close(&dust);
}

struct Work {
    const ism_emulator* emulator;
    const double* expected;
    int wrong;
};

/* A thread has its own last error and gets the same spectra. */
static void* work_of_a_thread(void* argument) {
    struct Work* work = argument;
    double y[M];
    int i;
    if (strcmp(ism_last_error(), "") != 0) work->wrong++;
    for (i = 0; i < 500; i++) {
        if (ism_evaluate(work->emulator, point, P, y, M) != ISM_OK) work->wrong++;
        if (memcmp(y, work->expected, sizeof y) != 0) work->wrong++;
        if (ism_evaluate(work->emulator, point, 1, y, M) != ISM_BAD_INPUT) work->wrong++;
        if (strstr(ism_last_error(), "1 parameter values") == NULL) work->wrong++;
    }
    return NULL;
}

static void test_threads(void) {
    ism_emulator* emulator = opened(ISM_REFUSE);
    pthread_t threads[4];
    struct Work work[4];
    double expected[M];
    size_t i;
    CHECK(ism_evaluate(emulator, point, P, expected, M) == ISM_OK);
    REFUSED(ism_describe(NULL, NULL), "emulator is NULL", "ism_describe");
    for (i = 0; i < 4; i++) {
        work[i].emulator = emulator;
        work[i].expected = expected;
        work[i].wrong = 0;
        if (pthread_create(&threads[i], NULL, work_of_a_thread, &work[i]) != 0) exit(1);
    }
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK(work[i].wrong == 0);
    }
    CHECK(strstr(ism_last_error(), "ism_describe") != NULL); /* untouched by the other threads */
    ism_close(&emulator);
}

int main(int argc, char** argv) {
    if (argc != 2) {
        printf("usage: ism_face SOURCE_FOLDER\n");
        return 2;
    }
    test_library();
    test_open(argv[1]);
    test_describe();
    test_evaluate();
    test_refused_arrays();
    test_outside();
    test_bands();
    test_threads();
    printf(failures == 0 ? "all is well\n" : "%d checks failed\n", failures);
    return failures == 0 ? 0 : 1;
}
