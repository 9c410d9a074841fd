# cmake -DOUTPUT=... -DASSETS="page.css page.js openapi.json" -P embed.cmake
# Writes the assets as string literals.
include(${CMAKE_CURRENT_LIST_DIR}/../literal.cmake)

separate_arguments(ASSETS UNIX_COMMAND "${ASSETS}")
list(GET ASSETS 0 style)
list(GET ASSETS 1 script)
list(GET ASSETS 2 openapi)
literal(style ${style})
literal(script ${script})
literal(openapi ${openapi})
file(WRITE ${OUTPUT} "#include \"exporter/web/assets.h\"
namespace authprobe::web::assets {
std::string_view style() {
  return ${style};
}
std::string_view script() {
  return ${script};
}
std::string_view openapi() {
  return ${openapi};
}
}  // namespace authprobe::web::assets
")
