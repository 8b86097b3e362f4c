using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.Source;

/// <summary>The shape and the row counts of the well-known <c>world</c> sample, with values of our own.</summary>
internal sealed class WorldSchema(MySqlConnection connection, ulong seed)
{
    private const int Countries = 239;
    private const int Languages = 984;
    private const int Cities = 4079;

    private static readonly string[] Continents = ["Asia", "Europe", "North America", "Africa", "Oceania", "Antarctica", "South America"];

    private static readonly string[] Tables =
    [
        """
        CREATE TABLE world.country (
          Code CHAR(3) NOT NULL DEFAULT '', Name CHAR(52) NOT NULL DEFAULT '',
          Continent ENUM('Asia','Europe','North America','Africa','Oceania','Antarctica','South America') NOT NULL DEFAULT 'Asia',
          Region CHAR(26) NOT NULL DEFAULT '', SurfaceArea DECIMAL(10,2) NOT NULL DEFAULT '0.00', IndepYear SMALLINT DEFAULT NULL,
          Population INT NOT NULL DEFAULT '0', LifeExpectancy DECIMAL(3,1) DEFAULT NULL, GNP DECIMAL(10,2) DEFAULT NULL,
          GNPOld DECIMAL(10,2) DEFAULT NULL, LocalName CHAR(45) NOT NULL DEFAULT '', GovernmentForm CHAR(45) NOT NULL DEFAULT '',
          HeadOfState CHAR(60) DEFAULT NULL, Capital INT DEFAULT NULL, Code2 CHAR(2) NOT NULL DEFAULT '',
          PRIMARY KEY (Code)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE world.countrylanguage (
          CountryCode CHAR(3) NOT NULL DEFAULT '', Language CHAR(30) NOT NULL DEFAULT '', IsOfficial ENUM('T','F') NOT NULL DEFAULT 'F',
          Percentage FLOAT NOT NULL DEFAULT '0', PRIMARY KEY (CountryCode, Language), KEY CountryCode (CountryCode)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE world.city (
          ID INT NOT NULL AUTO_INCREMENT, Name CHAR(35) NOT NULL DEFAULT '', CountryCode CHAR(3) NOT NULL DEFAULT '',
          District CHAR(20) NOT NULL DEFAULT '', Population INT NOT NULL DEFAULT '0', PRIMARY KEY (ID), KEY CountryCode (CountryCode)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
    ];

    private readonly DeterministicRandom _random = new(seed);

    public async Task CreateAsync(Dictionary<string, long> rows, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("DROP DATABASE IF EXISTS world", cancellationToken);
        await connection.ExecuteAsync("CREATE DATABASE world DEFAULT CHARACTER SET utf8mb4", cancellationToken);
        foreach (var table in Tables)
        {
            await connection.ExecuteAsync(table, cancellationToken);
        }

        rows["world.country"] = await FillCountriesAsync(cancellationToken);
        rows["world.countrylanguage"] = await FillLanguagesAsync(cancellationToken);
        rows["world.city"] = await FillCitiesAsync(cancellationToken);
    }

    /// <summary>AAA, ABD, ACG …: three letters, all different.</summary>
    private static string Code(int country) =>
        string.Create(3, country * 73, static (span, n) =>
        {
            for (var i = 2; i >= 0; i--, n /= 26)
            {
                span[i] = (char)('A' + (n % 26));
            }
        });

    private async Task<long> FillCountriesAsync(CancellationToken cancellationToken)
    {
        await using var load = Load(
            "country", "Code", "Name", "Continent", "Region", "SurfaceArea", "IndepYear", "Population", "LifeExpectancy", "GNP", "GNPOld",
            "LocalName", "GovernmentForm", "HeadOfState", "Capital", "Code2");
        for (var i = 0; i < Countries; i++)
        {
            load.Text(Code(i));
            load.Text(_random.Name(52));
            load.Text(Continents[i % Continents.Length]);
            load.Text(_random.Name(20) + " Region");
            Money(load, _random.Between(40, 170_000_000) * 10L);
            Optional(load, _random.OneIn(5), () => load.Integer(_random.Between(-1523, 1994)));
            load.Integer(_random.OneIn(40) ? 0 : _random.Between(1_000, 1_277_558_000));
            Optional(load, _random.OneIn(14), () => load.Plain((_random.Between(372, 835) / 10.0).ToString("0.0", CultureInfo.InvariantCulture)));
            Money(load, _random.Between(0, 851_070_000) * 100L / 100);
            Optional(load, _random.OneIn(4), () => Money(load, _random.Between(15_700, 811_090_000)));
            load.Text(_random.Name(45));
            load.Text(i % 3 == 0 ? "Republic" : "Constitutional Monarchy");
            Optional(load, _random.OneIn(30), () => load.Text($"{_random.Name(20)} d'{_random.Name(20)}"));
            Optional(load, i % 34 == 33, () => load.Integer((i * 17) + 1));
            load.Text(Code(i)[..2]);
            await load.EndRowAsync(cancellationToken);
        }

        return await load.CompleteAsync(cancellationToken);
    }

    private async Task<long> FillLanguagesAsync(CancellationToken cancellationToken)
    {
        await using var load = Load("countrylanguage", "CountryCode", "Language", "IsOfficial", "Percentage");
        for (var i = 0; i < Languages; i++)
        {
            load.Text(Code(i % Countries));
            // The number keeps the key unique; without it two words could be equal.
            load.Text(string.Create(CultureInfo.InvariantCulture, $"{_random.Name(20)} {i / Countries}"));
            load.Text(i < Countries ? "T" : "F");
            load.Plain((_random.Between(0, 1000) / 10.0).ToString("0.0", CultureInfo.InvariantCulture));
            await load.EndRowAsync(cancellationToken);
        }

        return await load.CompleteAsync(cancellationToken);
    }

    private async Task<long> FillCitiesAsync(CancellationToken cancellationToken)
    {
        await using var load = Load("city", "ID", "Name", "CountryCode", "District", "Population");
        for (var i = 0; i < Cities; i++)
        {
            load.Integer(i + 1);
            load.Text(_random.Name(35));
            load.Text(Code(i / 17 % Countries));
            load.Text(_random.OneIn(100) ? "" : _random.Name(20));
            load.Integer(_random.Between(42, 10_500_000));
            await load.EndRowAsync(cancellationToken);
        }

        return await load.CompleteAsync(cancellationToken);
    }

    private CsvTableLoad Load(string table, params string[] columns) => new(connection, SqlText.Name("world", table), columns, new HashSet<string>());

    private static void Money(CsvTableLoad load, long cents) => load.Plain((cents / 100m).ToString("0.00", CultureInfo.InvariantCulture));

    private static void Optional(CsvTableLoad load, bool isNull, Action value)
    {
        if (isNull)
        {
            load.Null();
        }
        else
        {
            value();
        }
    }
}
