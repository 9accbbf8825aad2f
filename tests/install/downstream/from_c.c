/* Prints the emission of dust at one point of the shipped network [erg s-1 H-1]: all three programs print the same. */
#include <ism.h>
#include <stdio.h>

int main(void) {
    const double point[3] = {10.0, 1e7, 0.5}; /* U, age [yr], amin [nm] */
    double spectrum[481];
    ism_emulator* dust = NULL;
    int status = ism_open("themis", ISM_REFUSE, &dust);
    if (status == ISM_OK) status = ism_evaluate(dust, point, 3, spectrum, 481);
    if (status == ISM_OK)
        printf("%.12E\n", spectrum[240]);
    else
        fprintf(stderr, "%s\n", ism_last_error());
    ism_close(&dust);
    return status;
}
