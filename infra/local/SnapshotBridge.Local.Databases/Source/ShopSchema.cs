using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.Source;

/// <summary>A shop: one large table, small ones, one without a key, one without rows, one that RDS does not export.</summary>
internal sealed class ShopSchema(MySqlConnection connection, SourceDataOptions options)
{
    /// <summary>Parquet bytes that one order takes, measured with GZIP at its fastest.</summary>
    private const double ParquetBytesPerOrder = 301;

    private const int Customers = 2_000;
    private const int Products = 500;
    private const int AuditRows = 45_000;

    private static readonly DateTime FirstOrder = new(2019, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly string[] States = ["new", "paid", "packed", "shipped", "delivered", "returned", "cancelled"];

    private static readonly string[] Tables =
    [
        """
        CREATE TABLE shop.customers (
          id INT UNSIGNED NOT NULL AUTO_INCREMENT, email VARCHAR(120) NOT NULL, full_name VARCHAR(80) NOT NULL, born DATE NULL,
          credit DECIMAL(12,2) NOT NULL, vip TINYINT(1) NOT NULL, created TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
          PRIMARY KEY (id), UNIQUE KEY email (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE shop.products (
          sku CHAR(12) NOT NULL, title VARCHAR(200) NOT NULL, price DECIMAL(8,2) NOT NULL, weight_kg DOUBLE NULL,
          tags SET('new','sale','bulky','fragile') NOT NULL, details JSON NULL, picture BLOB NULL, PRIMARY KEY (sku)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE shop.orders (
          id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, customer_id INT UNSIGNED NOT NULL, placed DATETIME(6) NOT NULL,
          state ENUM('new','paid','packed','shipped','delivered','returned','cancelled') NOT NULL, total DECIMAL(12,2) NOT NULL,
          items SMALLINT UNSIGNED NOT NULL, note VARCHAR(200) NULL, delivered DATE NULL, token CHAR(32) NOT NULL, receipt TEXT NOT NULL,
          PRIMARY KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE shop.audit_log (
          at DATETIME(3) NOT NULL, actor VARCHAR(40) NOT NULL, action VARCHAR(30) NOT NULL, details TEXT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        "CREATE TABLE shop.empty_table (id INT NOT NULL, name VARCHAR(40) NULL, PRIMARY KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        "CREATE TABLE shop.discounts (id INT NOT NULL, `discount rate` DECIMAL(4,2) NOT NULL, PRIMARY KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    ];

    private readonly DeterministicRandom _random = new(options.Seed + 1);

    public async Task CreateAsync(Dictionary<string, long> rows, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("DROP DATABASE IF EXISTS shop", cancellationToken);
        await connection.ExecuteAsync("CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4", cancellationToken);
        foreach (var table in Tables)
        {
            await connection.ExecuteAsync(table, cancellationToken);
        }

        rows["shop.customers"] = await FillCustomersAsync(cancellationToken);
        rows["shop.products"] = await FillProductsAsync(cancellationToken);
        rows["shop.orders"] = await FillOrdersAsync(cancellationToken);
        rows["shop.audit_log"] = await FillAuditLogAsync(cancellationToken);
        rows["shop.empty_table"] = 0;
        rows["shop.discounts"] = await connection.ExecuteAsync("INSERT INTO shop.discounts VALUES (1, 0.05), (2, 0.10), (3, 12.50)", cancellationToken);
    }

    private async Task<long> FillCustomersAsync(CancellationToken cancellationToken)
    {
        await using var load = Load("customers", ["id", "email", "full_name", "born", "credit", "vip", "created"]);
        for (var i = 1; i <= Customers; i++)
        {
            load.Integer(i);
            load.Text(string.Create(CultureInfo.InvariantCulture, $"customer{i}@example.com"));
            load.Text($"{_random.Name(30)} O'{_random.Name(30)}");
            if (_random.OneIn(6))
            {
                load.Null();
            }
            else
            {
                load.Plain(new DateTime(1940, 1, 1).AddDays(_random.Below(25_000)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            }

            load.Plain((_random.Between(-500_000, 5_000_000) / 100m).ToString("0.00", CultureInfo.InvariantCulture));
            load.Integer(_random.OneIn(20) ? 1 : 0);
            load.Plain(Moment(FirstOrder.AddSeconds(i * 3607)));
            await load.EndRowAsync(cancellationToken);
        }

        return await load.CompleteAsync(cancellationToken);
    }

    private async Task<long> FillProductsAsync(CancellationToken cancellationToken)
    {
        string[] tags = ["", "new", "sale", "new,sale", "bulky,fragile"];
        await using var load = Load("products", ["sku", "title", "price", "weight_kg", "tags", "details", "picture"], "picture");
        for (var i = 1; i <= Products; i++)
        {
            load.Text(string.Create(CultureInfo.InvariantCulture, $"SKU-{i:D8}"));
            load.Text($"{_random.Name(40)} \"{_random.Name(40)}\" {(i % 9 == 0 ? "🚲" : "")}");
            load.Plain((_random.Between(99, 9_999_999) / 100m).ToString("0.00", CultureInfo.InvariantCulture));
            if (_random.OneIn(10))
            {
                load.Null();
            }
            else
            {
                load.Real(_random.Below(1_000_000) / 7.0);
            }

            load.Text(tags[i % tags.Length]);
            if (_random.OneIn(8))
            {
                load.Null();
            }
            else
            {
                load.Text(string.Create(CultureInfo.InvariantCulture, $$"""{"colour": "{{_random.Name(12)}}", "stock": {{_random.Below(1000)}}, "path": "C:\\goods\\{{i}}"}"""));
            }

            if (_random.OneIn(2))
            {
                load.Null();
            }
            else
            {
                load.Bytes(BitConverter.GetBytes(_random.Next()));
            }

            await load.EndRowAsync(cancellationToken);
        }

        return await load.CompleteAsync(cancellationToken);
    }

    private async Task<long> FillOrdersAsync(CancellationToken cancellationToken)
    {
        var orders = (int)Math.Max(1, options.OrdersParquetMegabytes * 1e6 / ParquetBytesPerOrder);
        await using var load = Load("orders", ["id", "customer_id", "placed", "state", "total", "items", "note", "delivered", "token", "receipt"]);
        for (var i = 1; i <= orders; i++)
        {
            var placed = FirstOrder.AddMilliseconds(i * 397L).AddTicks(_random.Below(1000) * 10);
            load.Integer(i);
            load.Integer(_random.Between(1, Customers));
            load.Plain(Moment(placed));
            load.Text(States[_random.Below(States.Length)]);
            load.Plain((_random.Between(100, 50_000_000) / 100m).ToString("0.00", CultureInfo.InvariantCulture));
            load.Integer(_random.Between(1, 60_000));
            if (_random.OneIn(3))
            {
                load.Text(_random.OneIn(50) ? "\"quoted\", back\\slash,\r\nnew line, tab\t, NULL" : _random.Name(30) + " " + _random.Name(30));
            }
            else
            {
                load.Null();
            }

            if (_random.OneIn(4))
            {
                load.Null();
            }
            else
            {
                load.Plain(placed.AddDays(_random.Between(1, 20)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            }

            load.Text(_random.Noise(32));
            load.Text(_random.Noise(240));
            await load.EndRowAsync(cancellationToken);
        }

        return await load.CompleteAsync(cancellationToken);
    }

    private async Task<long> FillAuditLogAsync(CancellationToken cancellationToken)
    {
        string[] actions = ["login", "logout", "order.create", "order.cancel", "price.change"];
        await using var load = Load("audit_log", ["at", "actor", "action", "details"]);
        for (var i = 0; i < AuditRows; i++)
        {
            load.Plain(FirstOrder.AddSeconds(i * 11).AddMilliseconds(_random.Below(1000)).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture));
            load.Text(_random.Name(20));
            load.Text(actions[_random.Below(actions.Length)]);
            if (_random.OneIn(2))
            {
                load.Null();
            }
            else
            {
                load.Text(_random.Noise(20));
            }

            await load.EndRowAsync(cancellationToken);
        }

        return await load.CompleteAsync(cancellationToken);
    }

    private static string Moment(DateTime at) => at.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private CsvTableLoad Load(string table, string[] columns, params string[] binary) =>
        new(connection, SqlText.Name("shop", table), columns, binary.ToHashSet());
}
