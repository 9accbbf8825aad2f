#include "budget.hpp"

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::app {

double seconds_from(const std::string& text) {
    double unit = 1;
    std::string number = text;
    if (!number.empty() && std::string("smh").find(number.back()) != std::string::npos) {
        unit = number.back() == 'h' ? 3600 : number.back() == 'm' ? 60 : 1;
        number.pop_back();
    }
    const auto value = number_from(number);
    if (!value || !(*value >= 0)) {
        throw InputError(
            {.where = "--budget", .found = "'" + text + "'", .allowed = "a time: 900, 90s, 15m, 2h; 0 is no limit"});
    }
    return *value * unit;
}

}  // namespace ism::app
