// The C face: the Emulator behind a handle, with every error turned into a status and a sentence.
#include "ism.h"

#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/provenance.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/observe/photometry.hpp>
#include <ism/observe/seen.hpp>

/// What a handle points to: the emulator, perhaps seen through bands, and the texts that ism_describe() hands out.
struct ism_emulator {
    ism_emulator(ism::emulate::EmulatorRecord given, std::shared_ptr<const ism::Model> seen)
        : record(std::move(given)), model(std::move(seen)), errors(ism::emulate::describe(record.errors)) {
        for (const auto& label : model->info().axis.labels) labels.push_back(label.c_str());
    }

    ism::emulate::EmulatorRecord record;
    std::shared_ptr<const ism::Model> model;
    std::string errors;
    std::vector<const char*> labels;
};

namespace {

using namespace ism;

/// Keeps the sentence of a failure for this thread; keeping it must not fail.
class LastError {
public:
    int keep(const char* text, int status) noexcept {
        try {
            kept_ = text;
            shown_ = kept_.c_str();
        } catch (...) {
            shown_ = "the machine has not enough memory even for the sentence of this error";
        }
        return status;
    }
    [[nodiscard]] const char* text() const noexcept { return shown_; }

private:
    std::string kept_;
    const char* shown_ = "";
};

thread_local LastError last_error;

/// Runs `work`; no exception leaves this function.
template <class Work>
int guarded(const Work& work) noexcept {
    try {
        work();
        return ISM_OK;
    } catch (const Error& error) {
        return last_error.keep(error.what(), error.exit_status());
    } catch (const std::bad_alloc&) {
        return last_error.keep("the machine has not enough memory for this", ISM_BAD_MACHINE);
    } catch (const std::exception& error) {
        return last_error.keep(error.what(), ISM_BUG);
    } catch (...) {
        return last_error.keep("an exception of unknown kind", ISM_BUG);
    }
}

template <class Pointer>
void refuse_null(const char* function, const char* argument, Pointer* pointer) {
    if (pointer != nullptr) return;
    throw InputError(
        {.where = function, .found = std::string(argument) + " is NULL", .effect = "nothing was computed"});
}

/// The values as a span. An empty array may be NULL.
template <class Value>
std::span<Value> values(const char* function, const char* argument, Value* first, std::size_t count) {
    if (count > 0) refuse_null(function, argument, first);
    return {first, count};
}

std::vector<std::string> texts(const char* function, const char* const* first, std::size_t count) {
    std::vector<std::string> copied;
    for (const char* text : values(function, "bands", first, count)) {
        refuse_null(function, "the name of a band", text);
        copied.emplace_back(text);
    }
    if (copied.empty()) throw InputError({.where = function, .found = "no band", .allowed = "at least one"});
    return copied;
}

emulate::Outside outside_from(int choice) {
    if (choice == ISM_REFUSE) return emulate::Outside::refuse;
    if (choice == ISM_NAN) return emulate::Outside::nan;
    if (choice == ISM_NEAREST) return emulate::Outside::nearest;
    throw InputError({.where = "ism_open",
                      .found = "outside = " + std::to_string(choice) + " is not known",
                      .allowed = "ISM_REFUSE (0), ISM_NAN (1), ISM_NEAREST (2)"});
}

int scale_of(Scale scale) { return scale == Scale::log ? ISM_LOG : ISM_LINEAR; }

}  // namespace

const char* ism_version() {
    static const std::string text = version();
    return text.c_str();
}

const char* ism_last_error() { return last_error.text(); }

const char* ism_shipped(size_t index) {
    const char* name = nullptr;
    guarded([&] {
        const auto& names = emulate::shipped_emulators();
        if (index < names.size()) name = names[index].c_str();
    });
    return name;
}

int ism_set_threads(unsigned threads) {
    return guarded([&] { set_thread_count(threads); });
}

int ism_open(const char* name_or_file, int outside, ism_emulator** emulator) {
    return guarded([&] {
        refuse_null("ism_open", "emulator", emulator);
        *emulator = nullptr;
        refuse_null("ism_open", "name_or_file", name_or_file);
        const emulate::Outside choice = outside_from(outside);
        emulate::EmulatorRecord record = emulate::find_forward_emulator(name_or_file);
        auto model = std::make_shared<emulate::Emulator>(record, emulate::EmulatorOptions{.outside = choice});
        *emulator = std::make_unique<ism_emulator>(std::move(record), std::move(model)).release();
    });
}

int ism_open_bands(const char* name_or_file, int outside, const char* const* bands, size_t band_count,
                   ism_emulator** emulator) {
    return guarded([&] {
        refuse_null("ism_open_bands", "emulator", emulator);
        *emulator = nullptr;
        refuse_null("ism_open_bands", "name_or_file", name_or_file);
        const emulate::Outside choice = outside_from(outside);
        const std::vector<std::string> names = texts("ism_open_bands", bands, band_count);
        emulate::EmulatorRecord record = emulate::find_forward_emulator(name_or_file);
        auto model = observe::seen_through(record, names, choice);
        *emulator = std::make_unique<ism_emulator>(std::move(record), std::move(model)).release();
    });
}

int ism_band_at(size_t index, ism_band* band) {
    return guarded([&] {
        refuse_null("ism_band_at", "band", band);
        const auto all = observe::shipped_bands();
        if (index >= all.size())
            throw InputError({.where = "ism_band_at",
                              .found = "there is no band number " + std::to_string(index),
                              .allowed = "0 .. " + std::to_string(all.size() - 1)});
        const observe::Band& one = all[index];
        *band = {.name = one.name.c_str(),
                 .instrument = one.instrument.c_str(),
                 .wavelength = one.reference_wavelength,
                 .is_rectangle = one.rectangle ? 1 : 0,
                 .origin = one.origin.c_str()};
    });
}

int ism_photometry(const double* wavelengths, size_t wavelength_count, const double* spectra, size_t spectrum_values,
                   const char* const* bands, size_t band_count, double* fluxes, size_t flux_values) {
    return guarded([&] {
        const char* function = "ism_photometry";
        const auto axis = values(function, "wavelengths", wavelengths, wavelength_count);
        const auto from = values(function, "spectra", spectra, spectrum_values);
        const auto to = values(function, "fluxes", fluxes, flux_values);
        const observe::Photometer photometer(observe::find_bands(texts(function, bands, band_count)), axis);
        const std::size_t m = axis.size(), b = photometer.bands().size(), count = from.size() / m;
        if (count * m != from.size() || count * b != to.size())
            throw InputError({.where = function,
                              .found = std::to_string(from.size()) + " values of spectra and " +
                                       std::to_string(to.size()) + " of fluxes",
                              .allowed = "N x " + std::to_string(m) + " and N x " + std::to_string(b)});
        photometer.apply(from, to);
    });
}

int ism_close(ism_emulator** emulator) {
    return guarded([&] {
        refuse_null("ism_close", "emulator", emulator);
        const std::unique_ptr<ism_emulator> closed(*emulator);
        *emulator = nullptr;
    });
}

int ism_describe(const ism_emulator* emulator, ism_description* description) {
    return guarded([&] {
        refuse_null("ism_describe", "emulator", emulator);
        refuse_null("ism_describe", "description", description);
        const ModelInfo& info = emulator->model->info();
        *description = {
            .name = info.name.c_str(),
            .summary = info.summary.c_str(),
            .parameter_count = info.parameter_count(),
            .output_count = info.output_count(),
            .output_name = info.output_name.c_str(),
            .output_unit = info.output_unit.c_str(),
            .output_help = info.output_help.c_str(),
            .output_scale = scale_of(info.output_scale),
            .axis_name = info.axis.name.c_str(),
            .axis_unit = info.axis.unit.c_str(),
            .axis_values = info.axis.values.empty() ? nullptr : info.axis.values.data(),
            .axis_labels = emulator->labels.empty() ? nullptr : emulator->labels.data(),
            .errors = emulator->errors.c_str(),
            .provenance = emulator->record.provenance.c_str(),
        };
    });
}

int ism_parameter_at(const ism_emulator* emulator, size_t index, ism_parameter* parameter) {
    return guarded([&] {
        refuse_null("ism_parameter_at", "emulator", emulator);
        refuse_null("ism_parameter_at", "parameter", parameter);
        const auto& parameters = emulator->model->info().parameters;
        if (index >= parameters.size()) {
            throw InputError({.where = "ism_parameter_at",
                              .found = "there is no parameter number " + std::to_string(index),
                              .allowed = "0 .. " + std::to_string(parameters.size() - 1)});
        }
        const Parameter& p = parameters[index];
        *parameter = {.name = p.name.c_str(),
                      .unit = p.unit.c_str(),
                      .help = p.help.c_str(),
                      .low = p.low,
                      .high = p.high,
                      .fallback = p.fallback,
                      .scale = scale_of(p.scale)};
    });
}

int ism_evaluate(const ism_emulator* emulator, const double* parameters, size_t parameter_values, double* outputs,
                 size_t output_values) {
    return guarded([&] {
        refuse_null("ism_evaluate", "emulator", emulator);
        emulator->model->evaluate(values("ism_evaluate", "parameters", parameters, parameter_values),
                                  values("ism_evaluate", "outputs", outputs, output_values));
    });
}

int ism_evaluate_float(const ism_emulator* emulator, const double* parameters, size_t parameter_values, float* outputs,
                       size_t output_values) {
    return guarded([&] {
        refuse_null("ism_evaluate_float", "emulator", emulator);
        const auto from = values("ism_evaluate_float", "parameters", parameters, parameter_values);
        const auto to = values("ism_evaluate_float", "outputs", outputs, output_values);
        observe::evaluate_single(*emulator->model, from, to);
    });
}

int ism_evaluate_with_jacobian(const ism_emulator* emulator, const double* parameters, size_t parameter_values,
                               double* outputs, size_t output_values, double* jacobian, size_t jacobian_values) {
    return guarded([&] {
        const char* function = "ism_evaluate_with_jacobian";
        refuse_null(function, "emulator", emulator);
        emulator->model->evaluate_with_jacobian(values(function, "parameters", parameters, parameter_values),
                                                values(function, "outputs", outputs, output_values),
                                                values(function, "jacobian", jacobian, jacobian_values));
    });
}
