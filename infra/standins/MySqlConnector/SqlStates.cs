namespace MySqlConnector;

/// <summary>
/// The SQLSTATE of each error number, as the servers document them: the driver underneath drops what the server sent. A SIGNAL's own
/// SQLSTATE is therefore not seen: it reads <c>45000</c> for the default number 1644 and <c>HY000</c> for a number of its own.
/// </summary>
internal static class SqlStates
{
    public static string? Of(int number) => number switch
    {
        <= 0 => null,
        1249 or 1261 or 1262 or 1265 => "01000",
        1329 => "02000",
        1040 or 1251 => "08004",
        1042 or 1043 or 1047 or 1053 or 1152 or 1153 or 1154 or 1155 or 1156 or 1157 or 1158 or 1159 or 1160 or 1161 or 1184
            or 1189 or 1190 or 1218 => "08S01",
        1312 or 1314 or 1335 or 1336 or 1415 => "0A000",
        1339 => "20000",
        1222 or 1241 or 1242 => "21000",
        1058 or 1136 => "21S01",
        1406 => "22001",
        1264 or 1416 or 1690 => "22003",
        1138 or 1263 => "22004",
        1292 or 1367 => "22007",
        1441 => "22008",
        1365 => "22012",
        3140 or 3141 or 3144 or 3145 or 3146 => "22032",
        1022 or 1048 or 1052 or 1062 or 1169 or 1216 or 1217 or 1451 or 1452 or 1586 => "23000",
        1325 or 1326 => "24000",
        1179 or 1207 => "25000",
        1792 => "25006",
        1045 or 1698 => "28000",
        1303 => "2F003",
        1321 => "2F005",
        1046 => "3D000",
        1213 => "40001",
        1044 or 1049 or 1055 or 1056 or 1057 or 1059 or 1061 or 1063 or 1064 or 1065 or 1066 or 1067 or 1068 or 1069 or 1070
            or 1071 or 1072 or 1073 or 1074 or 1075 or 1083 or 1084 or 1090 or 1091 or 1101 or 1102 or 1103 or 1104 or 1106
            or 1107 or 1110 or 1113 or 1115 or 1118 or 1120 or 1121 or 1131 or 1132 or 1133 or 1139 or 1140 or 1141 or 1142
            or 1143 or 1144 or 1145 or 1147 or 1148 or 1149 or 1162 or 1163 or 1164 or 1166 or 1167 or 1170 or 1171 or 1172
            or 1173 or 1176 or 1177 or 1178 or 1203 or 1211 or 1226 or 1227 or 1230 or 1231 or 1232 or 1234 or 1235 or 1239
            or 1248 or 1250 or 1252 or 1253 or 1280 or 1281 or 1286 or 1304 or 1305 or 1308 or 1309 or 1310 or 1318 or 1319
            or 1322 or 1323 or 1324 or 1327 or 1330 or 1331 or 1370 or 1403 or 1410 or 1413 or 1414 or 1425 or 1426 or 1427
            or 1437 or 1438 or 1439 or 1453 or 1458 or 1459 or 1460 or 1461 or 1463 or 1582 or 1583 or 1584 or 1630 or 1641
            or 1687 or 1701 or 3143 => "42000",
        1050 => "42S01",
        1051 or 1109 or 1146 => "42S02",
        1060 => "42S21",
        1054 or 1247 => "42S22",
        1644 => "45000",
        1317 or 1927 or 1969 => "70100",
        1402 => "XA100",
        1614 or 1879 => "XA102",
        1613 => "XA106",
        1401 => "XAE03",
        1397 => "XAE04",
        1398 => "XAE05",
        1399 => "XAE07",
        1440 => "XAE08",
        1400 => "XAE09",
        _ => "HY000",
    };
}
